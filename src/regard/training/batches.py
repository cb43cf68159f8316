"""Which samples a step sees."""

from dataclasses import replace
from typing import final

import torch
from jaxtyping import Int64
from torch import Tensor

from regard.core.randomness import stream
from regard.data.samples import Samples
from regard.data.task import Task


@final
class Batches:
    """The training samples, shuffled anew each epoch. What a step sees depends on seed and step alone.

    Samples are selected and augmented on the CPU, where they lie, and only then go to the device.
    """

    def __init__(self, task: Task, samples: Samples, seed: int, size: int) -> None:
        self.task = task
        self.samples = samples
        self.seed = seed
        self.size = size
        self.per_epoch = -(-len(samples) // size)
        self.epoch = -1
        self.order: Int64[Tensor, " samples"] = torch.empty(0, dtype=torch.int64)

    def at(self, step: int, device: torch.device) -> Samples:
        """The batch of `step`, counted from 1."""
        epoch, i = divmod(step - 1, self.per_epoch)
        if epoch != self.epoch:
            self.order = torch.randperm(len(self.samples), generator=stream(self.seed, "order", epoch))
            self.epoch = epoch
        batch = self.samples[self.order[i * self.size : (i + 1) * self.size]]
        inputs = self.task.augment(batch.inputs, stream(self.seed, "augment", step))
        return replace(batch, inputs=inputs).to(device)
