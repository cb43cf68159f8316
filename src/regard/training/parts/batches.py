"""Which samples a step sees."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import final

import torch
from jaxtyping import Int64
from torch import Tensor

from regard.core.randomness import generator_of
from regard.data.samples import Samples
from regard.data.task import Task

RESIDENT_SHARE = 0.3
"""Of an accelerator's free memory, at most, is given to training samples that stay there."""


@final
class Batches:
    """The training samples, shuffled anew each epoch. What a step sees depends on seed and step alone.

    Where a task augments or prepares its batches, that is done on the device, and for the next step while
    this one is under way, by a thread that lives until `close`.
    """

    def __init__(self, task: Task, samples: Samples, seed: int, size: int, device: torch.device) -> None:
        self.task = task
        self.samples = samples
        self.seed = seed
        self.size = size
        self.device = device
        self.per_epoch = -(-len(samples) // size)
        self.epoch = -1
        self.order: Int64[Tensor, " samples"] = torch.empty(0, dtype=torch.int64)
        self._ahead = _Ahead() if _changes_batches(task) else None

    def at(self, step: int) -> Samples:
        """The batch of `step`, counted from 1, on the device."""
        return self._make(step) if self._ahead is None else self._ahead.at(step, self._make)

    def close(self) -> None:
        """End the thread, and let go of the batch that it made for a step that will not be taken."""
        if self._ahead is not None:
            self._ahead.close()

    def _make(self, step: int) -> Samples:
        epoch, i = divmod(step - 1, self.per_epoch)
        if epoch != self.epoch:
            order = torch.randperm(len(self.samples), generator=generator_of(self.seed, "order", epoch))
            self.order = order.to(self.samples.inputs.device)
            self.epoch = epoch
        batch = self.samples[self.order[i * self.size : (i + 1) * self.size]].to(self.device)
        return self.task.prepare(self.task.augment(batch, generator_of(self.seed, "augment", step)))


@final
class _Ahead:
    """One thread that makes the batch after the one that was asked for. Torch releases Python's lock while it
    computes, so that on a second core this costs a step nothing.
    """

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="batches")
        self.next_step = 0
        self.next: Future[Samples] | None = None

    def at(self, step: int, make: Callable[[int], Samples]) -> Samples:
        future = self.next if self.next is not None and self.next_step == step else None
        found = self.thread.submit(make, step) if future is None else future
        batch = found.result()
        self.next_step = step + 1
        self.next = self.thread.submit(make, self.next_step)
        return batch

    def close(self) -> None:
        self.thread.shutdown(cancel_futures=True)
        self.next = None


def resident(samples: Samples, device: torch.device) -> Samples:
    """The samples on the device for good, if they fit; else as they are."""
    return samples.to(device) if _fits(samples, device) else samples


def _fits(samples: Samples, device: torch.device) -> bool:
    """Whether all samples may stay on the device."""
    if device.type != "cuda":
        return device.type == "cpu"
    tensors = [tensor for tensor in (*samples.given, samples.targets) if tensor is not None]
    free, _ = torch.cuda.mem_get_info(device)
    return sum(tensor.nbytes for tensor in tensors) <= RESIDENT_SHARE * free


def _changes_batches(task: Task) -> bool:
    """Whether there is anything to do for a batch but to select it."""
    return type(task).augment is not Task.augment or type(task).prepare is not Task.prepare
