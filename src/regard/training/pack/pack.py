"""Several seeds of one model as one batched model: one kernel does the work of all of them.

A small model leaves a device idle between its many small operations. Every seed has its own weights,
order of batches, gradient norm and checkpoints. Its numbers equal those of a training by itself, up to
the order in which a kernel adds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, final

import torch

from regard.attention.forms import without_kernels
from regard.core.errors import InvalidOption
from regard.core.run import Run
from regard.optimization import Update
from regard.training.loop.pace import Pace
from regard.training.pack.problem import PackedProblem
from regard.training.pack.states import slice_of, stack_of
from regard.training.parts.trainer import Trainer, objective_of, update_of


@final
@dataclass(frozen=True, eq=False)
class Pack:
    """Trainers that differ in nothing but the seed, and what trains them all."""

    trainers: tuple[Trainer, ...]
    problem: PackedProblem
    update: Update

    @classmethod
    def of(cls, trainers: Sequence[Trainer]) -> Self:
        """Join trainers that stand at the same step and that `refuse_packing` lets pass."""
        for each in trainers:
            without_kernels(each.bare)
        problem = PackedProblem([each.problem for each in trainers], [each.bare for each in trainers])
        update = update_of(trainers[0].run)
        update.begin(problem)
        update.load_state_dict(stack_of([each.update.state_dict() for each in trainers]))
        return cls(tuple(trainers), problem, update)

    def try_out(self, step: int) -> None:
        """Compute what `step` computes and change nothing. Raises what torch raises for operations that
        cannot be batched over seeds, and whatever else would go wrong in the first step.
        """
        self.problem.take(step, Pace())
        self.problem.try_out()

    def train(self, steps: range, pace: Pace) -> list[dict[str, float]]:
        """Take some steps. For each seed the mean loss, and what else the update says of the last step."""
        losses = []
        for trainer in self.trainers:
            trainer.model.train()
        with torch.set_grad_enabled(self.update.abilities.gradients):
            for step in steps:
                self.problem.take(step, pace)
                said = self.update.step(self.problem)
                for trainer in self.trainers:
                    trainer.follow()
                losses.append(torch.as_tensor(said["loss"]))
        each = {name: torch.as_tensor(value).tolist() for name, value in said.items()}
        each["loss"] = torch.stack(losses).mean(0).tolist()
        return [
            {name: value[i] if isinstance(value, list) else value for name, value in each.items()}
            for i in range(len(self.trainers))
        ]

    def give_states(self) -> None:
        """Give every trainer's update its part of the state, for a checkpoint."""
        state = self.update.state_dict()
        for i, trainer in enumerate(self.trainers):
            trainer.update.load_state_dict(slice_of(state, i))


def refuse_packing(run: Run) -> None:
    """Raise `InvalidOption` for what a pack would compute otherwise than each run alone."""
    training, update, objective = run.training, update_of(run), objective_of(run)
    reasons = {
        "model.dropout draws its random numbers from one generator per run": run.model.dropout > 0,
        "training.scheduled_sampling reads each run's own answers": training.scheduled_sampling > 0,
        "training.budget is spent by each run in its own steps": training.budget is not None,
        f"training.precision={training.precision} is not 32-true": training.precision != "32-true",
        f"objective {run.objective.name}: {objective.alone}": objective.alone is not None,
        f"optimizer {run.optimizer.name}: {update.abilities.alone}": update.abilities.alone is not None,
    }
    for reason, holds in reasons.items():
        if holds:
            raise InvalidOption(f"Several seeds cannot be trained at once: {reason}. Use --at-once 1.")
