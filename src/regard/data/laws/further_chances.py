"""The declared scores of guessing in details and beyond the test split."""

import math
from collections.abc import Iterator
from typing import final

from regard.data.checking import TaskLaw, TaskSubject
from regard.data.checking.predictors import always, guesses, scores_of
from regard.data.samples import Samples
from regard.data.task import Task
from regard.laws import Case


@final
class FurtherChances(TaskLaw):
    """Every set beyond training has its chance, and a guesser reaches it there and in the details."""

    limit = 1.0

    def exempt(self, subject: TaskSubject) -> str | None:
        task = subject.task
        return None if task.chances() or task.beyond() else "tells no chance but that of its score"

    def measure(self, subject: TaskSubject) -> Iterator[Case]:
        task, chances = subject.task, subject.task.chances()
        unknown = sorted(task.beyond().keys() - chances.keys())
        yield f"no chance is told of {', '.join(unknown)}", _never(bool(unknown))
        test = task.split("test")
        found = [task.details(always(task, guess), test) for guess in guesses(task.split("train").targets)]
        for name in found[0].keys() & chances.keys():
            best = max(figures[name].nanmean().item() for figures in found)
            # a detail that says nothing of any sample has no mean
            if not math.isnan(best):
                yield f"{name}: {best:.3f}, not {chances[name]:.3f}", _apart(best, chances[name], len(test))
        for name, samples in task.beyond().items():
            if name in chances:
                yield from _beyond(task, name, samples)


def _beyond(task: Task, name: str, samples: Samples) -> Iterator[Case]:
    chance = task.chances()[name]
    yield f"{name}: {chance} is no share", _never(not 0 <= chance <= 1)
    if samples.targets.ndim == 1:
        best = scores_of(task, always(task, samples.targets.mode().values), samples).mean().item()
        yield f"{name}: {best:.3f}, not {chance:.3f}", _apart(best, chance, len(samples))


def _apart(found: float, declared: float, count: int) -> float:
    """In units of two standard deviations of a share of so many samples, at most."""
    return abs(found - declared) * count**0.5 / 2


def _never(happens: bool) -> float:
    """The figure of what must not be at all, however large the limit is."""
    return math.inf if happens else 0.0
