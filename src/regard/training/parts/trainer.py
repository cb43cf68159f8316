"""All that takes part in training one run, put together from its description."""

import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self, final

import torch
from torch import nn

from regard.attention.forms import force_form
from regard.core.errors import Corrupt, InvalidOption, RegardWarning
from regard.core.run import Run
from regard.data.samples import Samples
from regard.data.task import Task
from regard.models import build
from regard.objectives import OBJECTIVES
from regard.optimization import Objective, Problem, SingleBatch, Update
from regard.training.checkpoints.checkpoint import REMEDY, Checkpoint
from regard.training.checkpoints.loading import loading_beside
from regard.training.loop.standing import Standing
from regard.training.loop.timetable import Timetable
from regard.training.parts.average import MovingAverage
from regard.training.parts.batches import Batches
from regard.training.parts.common import Common
from regard.training.parts.evaluators import choose
from regard.training.parts.problem import TrainingProblem
from regard.training.parts.scheduled_sampling import ScheduledSampling
from regard.training.parts.updates import build_update

if TYPE_CHECKING:
    from lightning_fabric import Fabric


@final
@dataclass(frozen=True, eq=False)
class Trainer:
    """The parts of a training; how far it has come is a `Standing`."""

    run: Run
    task: Task
    fabric: "Fabric"
    model: nn.Module
    """Wrapped by Fabric, which sees to the precision."""
    problem: TrainingProblem
    update: Update
    batches: Batches
    validation: Samples
    timetable: Timetable
    average: MovingAverage | None
    """Of the weights; None where the weights themselves are scored."""
    evaluator: str | None = None
    """What answers losses of single moves, and why nothing faster does; None for a method with gradients."""

    @classmethod
    def of(cls, run: Run, common: Common) -> Self:
        """Everything that a run describes, untrained."""
        fabric, task = common.fabric, common.task
        objective, update = objective_of(run), update_of(run)
        least = update.least_cost(objective.charge)
        timetable = Timetable.of(run.training, len(common.samples), least)
        bare = build(task.shape, run.mechanisms, run.model, run.seed)
        force_form(bare, common.form)
        model = fabric.setup(bare)
        average = None if run.training.ema is None else MovingAverage(fabric, bare, run.training.ema)
        batches = Batches(task, common.samples, run.seed, run.training.batch, fabric.device)
        sampling = ScheduledSampling(task, run, timetable.total)
        objective.prepare(model, loading_beside(run))
        precision, kind = run.training.precision, fabric.device.type
        evaluator, why = choose(common.evaluator, bare, objective, precision, kind)
        problem = TrainingProblem(
            run,
            fabric,
            model,
            objective=objective,
            batches=batches,
            sampling=sampling,
            steps=timetable.total,
            budget=timetable.budget,
            fixed_batch=update.abilities.fixed_batch,
            evaluator=evaluator,
        )
        if update.abilities.fixed_batch:
            warn_of_part(run, len(common.samples))
        update.begin(problem)
        validation = common.validation
        words = None if update.abilities.gradients else evaluator + (why and f", and not {why}")
        return cls(run, task, fabric, model, problem, update, batches, validation, timetable, average, words)

    @property
    def bare(self) -> nn.Module:
        """The model without Fabric's wrapping: the same weights."""
        module = self.model.module
        assert isinstance(module, nn.Module)
        return module

    @property
    def scored(self) -> nn.Module:
        """The model that is evaluated and kept, wrapped by Fabric."""
        return self.model if self.average is None else self.average.model

    @property
    def device(self) -> torch.device:
        """Where the model lies."""
        return self.fabric.device

    def follow(self) -> None:
        """Let what is scored follow the model, after a step of the update."""
        if self.average is not None:
            self.average.follow()

    def weights(self) -> Checkpoint:
        """The weights that are scored alone, as they are now."""
        return Checkpoint(self.run.digest, self.scored.state_dict())

    def checkpoint(self, standing: Standing) -> Checkpoint:
        """Everything that must be known to go on from there as if nothing had happened."""
        rest = {name: part.state_dict() for name, part in self._stateful_parts().items()}
        return Checkpoint(self.run.digest, self.scored.state_dict(), rest | {"loop": asdict(standing)})

    def restore(self, saved: Checkpoint) -> Standing:
        """Go back to where `checkpoint` was taken. Raises `Corrupt` if it does not fit this run's parts."""
        try:
            self.scored.load_state_dict(saved.weights)
            for name, part in self._stateful_parts().items():
                part.load_state_dict(saved.rest[name])
            return Standing(**saved.rest["loop"])
        except (RuntimeError, ValueError, KeyError, TypeError) as error:
            reason = str(error).splitlines()[0]
            raise Corrupt(
                f"The last checkpoint of {self.run.digest} does not fit it: {reason} {REMEDY}"
            ) from error

    def _stateful_parts(self) -> Mapping[str, Any]:
        """The parts, beside the scored weights and the loop, whose state is saved and restored."""
        precision = self.fabric.strategy.precision
        parts = {"update": self.update, "ledger": self.problem.ledger, "precision": precision}
        return parts if self.average is None else parts | {"average": self.average}


def objective_of(run: Run) -> Objective:
    """The objective of a run, not yet prepared."""
    objective: Objective = OBJECTIVES.build(run.objective.name, **run.objective.settings)
    return objective


def update_of(run: Run) -> Update:
    """The update of a run, not yet begun. Raises `InvalidOption` for a training in which it cannot work."""
    update = build_update(run.optimizer)
    if update.abilities.fixed_batch and run.training.scheduled_sampling:
        message = f"training.scheduled_sampling changes the batch at every step, and {run.optimizer.name}"
        raise InvalidOption(f"{message} needs a fixed one. Set it to 0.")
    return update


def warn_of_part(run: Run, samples: int) -> None:
    """Warn where a method that needs a fixed batch never sees all training samples."""
    if run.training.batch < samples:
        message = (
            f"{run.optimizer.name} compares losses of one fixed batch: it sees {run.training.batch:,} of the "
            f"{samples:,} training samples. Set training.batch={samples} for all of them."
        )
        warnings.warn(message, RegardWarning, stacklevel=2)


def pose(run: Run, model: nn.Module, batch: Samples) -> tuple[Problem, Update]:
    """A run's problem on one batch for any model, and its update, begun: to measure what steps cost."""
    objective, update = objective_of(run), update_of(run)
    objective.prepare(model, loading_beside(run))
    problem = SingleBatch(model, objective, batch, run.seed)
    update.begin(problem)
    return problem, update
