"""The loss of a model on a batch, as a closure that says of what it is the loss."""

from typing import final

from torch import Tensor, nn

from regard.core.errors import InvalidOption
from regard.data.samples import Samples
from regard.derivative_free import Closure
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


def said_by(closure: Closure) -> BatchLoss:
    """Of what a closure is the loss, if it says so itself. Raises `InvalidOption` if it does not."""
    if not isinstance(closure, BatchLoss):
        raise InvalidOption(
            f"The delta evaluator needs a closure that says of what it is the loss, and {closure!r:.60} "
            f"does not: give a BatchLoss(model, objective, batch), or take another evaluator."
        )
    return closure
