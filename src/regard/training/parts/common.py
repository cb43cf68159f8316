"""What runs that differ in nothing but the seed have in common."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self, final

import torch

from regard.attention.forms import AUTO
from regard.core.errors import RegardError
from regard.core.randomness import generator_of
from regard.core.run import Run
from regard.data.samples import Samples
from regard.data.task import Task
from regard.tasks import TASKS
from regard.training.parts.batches import resident
from regard.training.parts.device import fabric_for
from regard.training.parts.scheduled_sampling import answers_in

if TYPE_CHECKING:
    from lightning_fabric import Fabric


@final
@dataclass(frozen=True, eq=False)
class Common:
    """Where runs are computed and what they are trained on: made once, however many seeds there are."""

    fabric: "Fabric"
    task: Task
    samples: Samples
    """For training; on the device, if they fit."""
    validation: Samples
    form: str = AUTO
    """By which form mechanisms compute."""
    evaluator: str = "auto"
    """How losses of single moves are computed."""

    @classmethod
    def of(cls, run: Run, device: str, form: str = AUTO, evaluator: str = "auto") -> Self:
        """What a run is trained on. Reads the training and the validation split, never the test split."""
        fabric = fabric_for(device, run.training.precision)
        task = task_of(run)
        samples, validation = _samples(task, "train"), _half(task, run.training.validation)
        if run.training.targets == "shuffled":
            samples = shuffled(samples)
        if run.training.scheduled_sampling:
            answers_in(task, samples)  # refuses now, rather than in the middle of training
        return cls(fabric, task, resident(samples, fabric.device), validation, form, evaluator)


def task_of(run: Run) -> Task:
    """The task of a run."""
    task: Task = TASKS.build(run.task.name, **run.task.settings)
    return task


def shuffled(samples: Samples) -> Samples:
    """The same inputs with the targets of others, always in the same order. All that is left to learn is
    how frequent targets are.
    """
    order = torch.randperm(len(samples), generator=generator_of(0, "shuffled targets"))
    return replace(samples, targets=samples.targets[order])


HALVES = {"all": slice(None), "even": slice(0, None, 2), "odd": slice(1, None, 2)}


def _half(task: Task, which: str) -> Samples:
    """The validation samples that score the model."""
    found = _samples(task, "validation")[HALVES[which]]
    if not len(found):
        raise RegardError(f"{task.name} has too few validation samples for two halves. Give it more.")
    return found


def _samples(task: Task, split: Any) -> Samples:
    samples = task.split(split)
    if not len(samples):
        raise RegardError(f"{task.name} has no samples in its {split} split. Give it more.")
    return samples
