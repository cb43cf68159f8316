"""A model on the bench: one figure of it, measured in a process of its own."""

import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Self, final

from torch import nn

from regard.comparison.comparison import Comparison
from regard.core.entry import Entry
from regard.core.errors import told_elsewhere
from regard.core.execution import Execution
from regard.core.shapes import Shape
from regard.data import Samples, Task
from regard.experiment import apart
from regard.measures.cost import SCALES, Figures, forward_seconds
from regard.models import build
from regard.tasks import TASKS
from regard.training.parts.device import fabric_for
from regard.training.parts.trainer import pose


@final
@dataclass(frozen=True)
class Bench:
    """What all models of a comparison are measured on: the first batch of training samples.

    Every method raises a `RegardError` if the figure cannot be measured, or takes longer than one run may.
    """

    comparison: Comparison
    execution: Execution
    shape: Shape
    batch: bytes
    """Pickled here, as processes would share the memory of tensors."""

    @classmethod
    def of(cls, comparison: Comparison, execution: Execution) -> Self:
        """The bench for a comparison."""
        task: Task = TASKS.build(comparison.task.name, **comparison.task.settings)
        batch = task.prepare(task.split("train")[: comparison.training.batch])
        return cls(comparison, execution, task.shape, pickle.dumps(batch))

    def weigh(self, entry: Entry, first: int) -> Iterator[Figures]:
        """What the `SCALES` say from the first-th on, one after the other.

        With the lowest value of the grid, as the tuned setting changes no cost.
        """
        return apart(_weigh, self, entry, first, seconds=self.execution.timeout_seconds)

    def time(self, entry: Entry) -> tuple[float, float]:
        """The seconds of a forward pass, now: of one example, and of an example in the batch."""
        (times,) = apart(_time, self, entry, seconds=self.execution.timeout_seconds)
        return times

    def placed(self, entry: Entry) -> tuple[nn.Module, Samples]:
        """The entry's model and the batch, on the device."""
        device = fabric_for(self.execution.device, self.comparison.training.precision).device
        with told_elsewhere():  # in the notes of the result
            model = build(self.shape, entry.mechanisms, entry.settings_in(self.comparison.model), seed=0)
        samples: Samples = pickle.loads(self.batch)  # noqa: S301 - pickled above
        return model.to(device), samples.to(device)


def _weigh(bench: Bench, entry: Entry, first: int) -> Iterator[Figures]:
    run = bench.comparison.run(entry, bench.comparison.grid_of(entry)[0], 0)
    model, batch = bench.placed(entry)
    for scale in list(SCALES.values())[first:]:
        yield scale(model, batch, partial(pose, run))


def _time(bench: Bench, entry: Entry) -> Iterator[tuple[float, float]]:
    model, batch = bench.placed(entry)
    one, whole = forward_seconds(model, batch)
    yield one, whole / len(batch)
