"""The problem that a training poses to its update, step by step."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, final

from torch import Tensor, nn
from torch.optim import Optimizer

from regard.core.randomness import reseed, seed_of
from regard.core.run import Run
from regard.data.samples import Samples
from regard.derivative_free import Evaluator, Space
from regard.optimization import Ledger, Model, Objective, Problem
from regard.training.loop.budget import Budget
from regard.training.loop.pace import Pace
from regard.training.parts.batches import Batches
from regard.training.parts.evaluators import MAKERS
from regard.training.parts.penalty import with_penalties
from regard.training.parts.scheduled_sampling import ScheduledSampling

if TYPE_CHECKING:
    from lightning_fabric import Fabric


@final
class TrainingProblem(Problem):
    """The loss of one model on the batch of the step, in the precision of the run.

    fixed_batch: the batch of the first step serves all steps.
    evaluator: what answers the losses of single moves, by its name.
    """

    batch: Samples | None = None

    def __init__(  # noqa: PLR0913 - all parts of a training meet here
        self,
        run: Run,
        fabric: "Fabric",
        model: nn.Module,
        *,
        objective: Objective,
        batches: Batches,
        sampling: ScheduledSampling,
        steps: int,
        budget: Budget,
        fixed_batch: bool,
        evaluator: str = "serial",
    ) -> None:
        self.ledger = Ledger()
        self.bare: nn.Module = model.module  # type: ignore[assignment]  # without Fabric's wrapping
        named = dict(self.bare.named_parameters())
        super().__init__(named, objective.charge, (self.ledger,), run.seed, steps)
        self.budget = Budget(run.training.budget)
        self.fabric = fabric
        self.model = model
        self.objective = objective
        self.batches = batches
        self.sampling = sampling
        self.fixed_batch = fixed_batch
        self.budget = budget
        self.answers_moves = MAKERS[evaluator]

    @property
    def left(self) -> float:
        return self.budget.left(self.ledger.total)

    @property
    def posed(self) -> Samples:
        """The batch of the step, in the precision of the run."""
        assert self.batch is not None, "a step is taken before anything is asked about its batch"
        converted = self.fabric.strategy.precision.convert_input(self.batch.inputs)
        return replace(self.batch, inputs=converted)

    def evaluator(self, space: Space) -> Evaluator:
        return self.answers_moves(self, space)

    def loss_of(self, model: Model) -> Tensor:
        """The mean loss of what is called in the place of the model, uncharged."""
        # anew for every answer, so that dropout draws the same in all answers about one batch
        reseed(self.fabric.device, seed_of(self.seed, "step", 1 if self.fixed_batch else self.step))
        return with_penalties(self.objective.loss(model, self.posed).mean, self.model)

    def take(self, step: int, pace: Pace) -> None:
        """Go to a step: from now on everything is asked about its batch."""
        self.step = step
        if self.fixed_batch and self.batch is not None:
            return
        with pace.waiting_for_data():
            batch = self.batches.at(1 if self.fixed_batch else step)
        inputs = self.sampling.inputs(self.model, batch, step)
        if inputs is not batch.inputs:
            self.pay(1.0)  # the pass in which the model has read the batch for the first time
        self.batch = replace(batch, inputs=inputs)

    def descend(self, optimizer: Optimizer, longest: float | None) -> Tensor:
        longest = math.inf if longest is None else longest
        norm = self.fabric.clip_gradients(self.model, optimizer, max_norm=longest, error_if_nonfinite=False)
        assert norm is not None, "Fabric returns one wherever a largest norm is given"
        self.fabric.strategy.optimizer_step(optimizer)
        return norm

    def _loss(self) -> Tensor:
        return self.loss_of(self.model)

    def _gradient(self) -> Tensor:
        for parameter in self.model.parameters():
            parameter.grad = None
        loss = self._loss()
        self.fabric.backward(loss)
        return loss.detach()
