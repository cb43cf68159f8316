"""Splits that share no problem."""

import itertools
from collections.abc import Iterator
from typing import final

from regard.data.checking import TaskLaw, TaskSubject
from regard.laws import Case


@final
class DisjointProblems(TaskLaw):
    """No problem lies in two splits, nor in a split and in a set beyond training."""

    limit = 0.0

    def measure(self, subject: TaskSubject) -> Iterator[Case]:
        problems = {name: set(subject.task.identities(samples)) for name, samples in subject.sets.items()}
        for first, second in itertools.combinations(problems, 2):
            shared = len(problems[first] & problems[second])
            yield f"{first} and {second} share {shared} problems", float(shared)
