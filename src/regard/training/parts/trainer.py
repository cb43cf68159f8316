"""All that takes part in training one run, put together from its description."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

import torch
from torch import nn
from torch.optim import Optimizer

from regard.core.errors import Corrupt
from regard.core.run import Run
from regard.data.samples import Samples
from regard.data.task import Task
from regard.models import build
from regard.optimizers import OPTIMIZERS
from regard.training.checkpoints.checkpoint import REMEDY, Checkpoint
from regard.training.loop.schedule import Rate
from regard.training.loop.standing import Standing
from regard.training.loop.timetable import Timetable
from regard.training.parts.batches import Batches
from regard.training.parts.common import Common
from regard.training.parts.scheduled_sampling import ScheduledSampling

if TYPE_CHECKING:
    from lightning_fabric import Fabric


@dataclass(frozen=True, eq=False)
class Trainer:
    """The parts of a training. Where it stands is not here but in `Standing`."""

    run: Run
    task: Task
    fabric: "Fabric"
    model: nn.Module
    """Wrapped by Fabric, which sees to the precision."""
    optimizer: Optimizer
    rate: Rate
    batches: Batches
    sampling: ScheduledSampling
    validation: Samples
    timetable: Timetable

    @classmethod
    def of(cls, run: Run, common: Common) -> Self:
        """Everything that a run describes, untrained."""
        fabric, task = common.fabric, common.task
        timetable = Timetable.of(run.training, len(common.samples))
        model, optimizer = _model_and_optimizer(run, task, fabric)
        return cls(
            run=run,
            task=task,
            fabric=fabric,
            model=model,
            optimizer=optimizer,
            rate=Rate(optimizer, run.training, timetable.total),
            batches=Batches(task, common.samples, run.seed, run.training.batch, fabric.device),
            sampling=ScheduledSampling(task, run, timetable.total),
            validation=common.validation,
            timetable=timetable,
        )

    @property
    def bare(self) -> nn.Module:
        """The model without Fabric's wrapping: the same weights."""
        module = self.model.module
        assert isinstance(module, nn.Module)
        return module

    @property
    def device(self) -> torch.device:
        """Where the model lies."""
        return self.fabric.device

    def weights(self) -> Checkpoint:
        """The model's weights alone, as they are now."""
        return Checkpoint(self.run.digest, self.model.state_dict())

    def checkpoint(self, state: Standing) -> Checkpoint:
        """Everything that must be known to go on from `state` as if nothing had happened."""
        rest = {
            "optimizer": self.optimizer.state_dict(),
            "rate": self.rate.state_dict(),
            "precision": self.fabric.strategy.precision.state_dict(),
            "loop": asdict(state),
        }
        return Checkpoint(self.run.digest, self.model.state_dict(), rest)

    def restore(self, saved: Checkpoint) -> Standing:
        """Go back to where `checkpoint` was taken. Raises `Corrupt` if it does not fit this run's parts."""
        try:
            self.model.load_state_dict(saved.weights)
            self.optimizer.load_state_dict(saved.rest["optimizer"])
            self.rate.load_state_dict(saved.rest["rate"])
            self.fabric.strategy.precision.load_state_dict(saved.rest["precision"])
            return Standing(**saved.rest["loop"])
        except (RuntimeError, ValueError, KeyError, TypeError) as error:
            reason = str(error).splitlines()[0]
            raise Corrupt(
                f"The last checkpoint of {self.run.digest} does not fit it: {reason} {REMEDY}"
            ) from error


def _model_and_optimizer(run: Run, task: Task, fabric: "Fabric") -> tuple[nn.Module, Optimizer]:
    model = build(task.shape, run.mechanisms, run.model, run.seed)
    optimizer = OPTIMIZERS.build(run.optimizer.name, model.named_parameters(), **run.optimizer.settings)
    return fabric.setup(model, optimizer)
