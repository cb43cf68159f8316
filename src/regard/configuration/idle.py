"""Settings of a model that mean nothing for a task: whoever says one would believe that it does something."""

from collections.abc import Set

from regard.core.errors import InvalidOption
from regard.core.shapes import ClassOutput, ImageInput, Shape
from regard.core.spec import Spec
from regard.tasks import TASKS


def refuse_idle(task: Spec, said: Set[str]) -> None:
    """Raise `InvalidOption` for a setting that was said and that no model of the task has."""
    if not said & {"model.patch", "model.pool"}:
        return
    shape: Shape = TASKS.build(task.name, **task.settings).shape
    if "model.patch" in said and not isinstance(shape.input, ImageInput):
        raise InvalidOption(f"model.patch means nothing for {task.name}, which has no images. Leave it out.")
    if "model.pool" in said and not isinstance(shape.output, ClassOutput):
        message = f"model.pool means nothing for {task.name}, whose answers stand at every position"
        raise InvalidOption(f"{message}. Leave it out.")
