"""Samples that depend on the seed."""

from collections.abc import Iterator
from typing import final

from regard.data.checking import SPLITS, TaskLaw, TaskSubject
from regard.laws import Case
from regard.laws.figures import broken_if


@final
class OtherSeed(TaskLaw):
    """Another `data_seed` gives other samples in every split that is not fixed."""

    needs = ("data_seed",)
    limit = 0.0

    def exempt(self, subject: TaskSubject) -> str | None:
        undeclared = super().exempt(subject)
        return undeclared or ("all its splits are fixed" if set(SPLITS) <= set(subject.task.fixed) else None)

    def measure(self, subject: TaskSubject) -> Iterator[Case]:
        drawn = [name for name in SPLITS if name not in subject.task.fixed]
        other = subject.build(data_seed=subject.data_seed + 1)
        for name in drawn:
            first, second = (sorted(task.identities(task.split(name))) for task in (subject.task, other))
            yield f"{name} does not change", broken_if(first == second)
