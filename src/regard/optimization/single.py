"""A problem of one model and one batch."""

import math
from typing import final

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from regard.core.randomness import reseed, seed_of, undisturbed
from regard.data.samples import Samples
from regard.optimization.ledger import Ledger
from regard.optimization.objective import Objective
from regard.optimization.problem import Problem


@final
class SingleBatch(Problem):
    """The loss of a model on a batch that stays the same, in the precision of its weights: to try an update
    without a training around it, and to measure what its steps cost.

    The objective must have been prepared. The model stays in the mode it is in.
    """

    def __init__(
        self, model: nn.Module, objective: Objective, batch: Samples, seed: int = 0, steps: int = 1
    ) -> None:
        super().__init__(dict(model.named_parameters()), objective.charge, (Ledger(),), seed, steps)
        self.model = model
        self.objective = objective
        self.batch = batch

    def descend(self, optimizer: Optimizer, longest: float | None) -> Tensor:
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), math.inf if longest is None else longest)
        optimizer.step()
        return norm

    def _loss(self) -> Tensor:
        device = next(self.model.parameters()).device
        with undisturbed(device):
            reseed(device, seed_of(self.seed, "step", self.step))
            return self.objective.loss(self.model, self.batch).mean

    def _gradient(self) -> Tensor:
        self.model.zero_grad()
        loss = self._loss()
        torch.autograd.backward(loss)
        return loss.detach()
