"""Augmentation: repeatable, and without side effects."""

from collections.abc import Iterator
from typing import final

import torch

from regard.core.randomness import generator_of
from regard.data.checking import TaskLaw, TaskSubject
from regard.laws import Case
from regard.laws.figures import broken_if

MOST = 50
"""Samples that are augmented."""


@final
class Augmentation(TaskLaw):
    """Augmenting repeats with its random numbers, leaves its input as it was, and keeps its sizes."""

    limit = 0.0

    def measure(self, subject: TaskSubject) -> Iterator[Case]:
        task, samples = subject.task, subject.task.split("train")[:MOST]
        kept = samples.inputs.clone()
        first, second = (task.prepare(task.augment(samples, generator_of(7, "laws"))) for _ in range(2))
        yield "the input is changed", broken_if(not torch.equal(samples.inputs, kept))
        yield "other inputs the second time", broken_if(not torch.equal(first.inputs, second.inputs))
        yield "other targets the second time", broken_if(not torch.equal(first.targets, second.targets))
        read = task.prepare(samples)
        same = first.inputs.shape == read.inputs.shape and first.inputs.dtype == read.inputs.dtype
        yield "sizes of inputs", broken_if(not same)
        yield "number of targets", float(abs(len(first.targets) - len(read.targets)))
