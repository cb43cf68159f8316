"""Positions without a target, which are not scored."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.core.randomness import generator_of
from regard.data.checking import TaskLaw, TaskSubject
from regard.data.checking.predictors import classes, knowing
from regard.data.samples import IGNORED
from regard.laws import Case

MOST = 200
"""Samples that are scored."""


@final
class IgnoredPositions(TaskLaw):
    """What a model says where no target is asked for changes no score."""

    limit = 0.0

    def measure(self, subject: TaskSubject) -> Iterator[Case]:
        task, samples = subject.task, subject.task.split("test")[:MOST]
        source = generator_of(0, "laws", "ignored positions")
        noise = torch.randint(classes(task), samples.targets.shape, generator=source)

        def add_noise(targets: Tensor) -> Tensor:
            said = noise if targets.ndim == 1 else noise[:, : targets.shape[1]]
            return torch.where(targets == IGNORED, said, targets)

        scores = task.score(knowing(task, samples, add_noise), samples)
        yield "all targets known, noise elsewhere", (scores - 1).abs().max().item()
