"""The tokens that scheduled sampling may replace."""

from collections.abc import Iterator
from typing import final

from regard.data.checking import TaskLaw, TaskSubject
from regard.data.samples import IGNORED
from regard.laws import Case
from regard.laws.figures import broken_if


@final
class FedBack(TaskLaw):
    """Marked as fed back are exactly the inputs that repeat the target of the position before."""

    needs = ("fed_back",)
    limit = 0.0

    def measure(self, subject: TaskSubject) -> Iterator[Case]:
        samples = subject.task.split("test")
        marked = subject.task.fed_back(samples)
        assert marked is not None
        before = samples.targets.roll(1, 1)
        before[:, 0] = IGNORED
        yield "no input is marked", broken_if(not bool(marked.any()))
        yield "marks missing or too many", float((marked != (before != IGNORED)).sum().item())
        yield "marked inputs unlike the target before", float((samples.inputs != before)[marked].sum().item())
