"""Names of problems, which depend on inputs alone."""

from collections.abc import Iterator
from dataclasses import replace
from typing import final

import torch

from regard.core.randomness import generator_of
from regard.data.checking import TaskLaw, TaskSubject
from regard.laws import Case

MOST = 50
"""Samples whose names are compared."""


@final
class ProblemNames(TaskLaw):
    """A problem is named by its input alone: neither by its target nor by its place among others."""

    limit = 0.0

    def measure(self, subject: TaskSubject) -> Iterator[Case]:
        task, samples = subject.task, subject.task.split("test")[:MOST]
        order = torch.randperm(len(samples), generator=generator_of(0, "laws", "problem names"))
        names = task.identities(samples)
        blank = replace(samples, targets=torch.zeros_like(samples.targets))
        shuffled = task.identities(blank[order])
        other = sum(names[i] != name for i, name in zip(order.tolist(), shuffled, strict=True))
        yield f"{other} of {len(names)} names differ", float(other)
