"""The loss of a model on a batch, as a closure that says of what it is the loss."""

from typing import final

from torch import Tensor, nn

from regard.data.samples import Samples
from regard.optimization import Objective


@final
class BatchLoss:
    """A closure for searches: the mean loss of a model on a batch, at its weights as they are."""

    def __init__(self, model: nn.Module, objective: Objective, batch: Samples) -> None:
        self.model = model
        self.objective = objective
        self.batch = batch

    def __call__(self) -> Tensor:
        """The mean loss."""
        return self.objective.loss(self.model, self.batch).mean
