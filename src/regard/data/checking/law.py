"""The laws of a task need what a task can offer."""

from regard.data.checking.subject import TaskSubject
from regard.laws import Law


class TaskLaw(Law[TaskSubject]):
    """Abstract. A law of the catalog subclasses it once.

    Claims: `rule` (`solve` gives the targets), `fed_back` (inputs repeat targets) and `data_seed` (an option
    that changes the samples).
    """

    claims = ("rule", "fed_back", "data_seed")
