"""Samples that fit the declared shape."""

from collections.abc import Iterator
from typing import final

import torch

from regard.core.shapes import ImageInput, PairInput
from regard.data.checking import TaskLaw, TaskSubject
from regard.data.checking.predictors import classes
from regard.data.samples import IGNORED, Samples
from regard.data.task import Task
from regard.laws import Case
from regard.laws.figures import broken_if

MOST = 500
"""Samples of each set that are looked at."""


@final
class FittingSamples(TaskLaw):
    """Samples fit the declared shape: inputs and targets have its sizes and lie in its range."""

    limit = 0.0

    def measure(self, subject: TaskSubject) -> Iterator[Case]:
        task = subject.task
        for name, raw in subject.sets.items():
            yield f"{name} is empty", broken_if(len(raw) == 0)
            samples = task.prepare(raw[:MOST])
            yield (
                f"{name}: inputs of shape {tuple(samples.inputs.shape)}",
                broken_if(not _fits(task, samples)),
            )
            asked = samples.targets[samples.targets != IGNORED]
            outside = (asked < 0) | (asked >= classes(task))
            yield f"{name}: targets outside of 0 to {classes(task) - 1}", outside.double().mean().item()


def _fits(task: Task, samples: Samples) -> bool:
    inputs, given = samples.inputs, task.shape.input
    if isinstance(given, ImageInput):
        shape = (given.channels, given.height, given.width)
        return inputs.shape[1:] == shape and inputs.dtype == torch.float32
    dimensions = 3 if isinstance(given, PairInput) else 2
    if inputs.ndim != dimensions or inputs.shape[-1] > given.length:
        return False
    known = int(inputs.min()) >= 0 and int(inputs.max()) < given.vocabulary
    return known and (samples.keys is None or samples.keys.shape == inputs.shape)
