"""The range of the score."""

from collections.abc import Callable, Iterator
from typing import final

from torch import Tensor

from regard.data.checking import SPLITS, TaskLaw, TaskSubject
from regard.data.checking.predictors import classes, knowing
from regard.laws import Case

MOST = 200
"""Samples of each split that are scored."""


@final
class ScoreRange(TaskLaw):
    """A model that knows every target scores 1, and one that misses all scores 0."""

    limit = 0.0

    def measure(self, subject: TaskSubject) -> Iterator[Case]:
        task = subject.task
        for name in SPLITS:
            samples = task.split(name)[:MOST]
            known = task.score(knowing(task, samples), samples)
            yield f"{name}: all targets known", (known - 1).abs().max().item()
            missed = task.score(knowing(task, samples, _others(classes(task))), samples)
            yield f"{name}: all targets missed", missed.abs().max().item()


def _others(count: int) -> Callable[[Tensor], Tensor]:
    return lambda targets: (targets + 1) % count
