"""The contract of a problem: what an update may ask about the batch in hand."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import Optimizer

from regard.core.errors import UnsupportedUse
from regard.derivative_free import Evaluator, Serial, Space
from regard.optimization.ledger import Ledger
from regard.optimization.objective import Charge

Each = Float[Tensor, "*s"]
"""One number; of s seeds that are trained at once, one for each."""


class Problem(ABC):
    """Abstract. A model, an objective and a batch, as an update sees them.

    Within one step the batch and everything drawn at random stay the same: two losses differ by the
    parameters alone. Every answer is charged to the ledger.
    """

    step: int = 0
    """The step under way, counted from 1."""

    def __init__(
        self,
        parameters: Mapping[str, nn.Parameter | Tensor],
        charge: Charge,
        ledgers: Sequence[Ledger],
        seed: int,
        steps: int,
    ) -> None:
        self.parameters = parameters
        """By name; an update changes them in place. Stacked (s, ...) where seeds are trained at once."""
        self.charge = charge
        self.ledgers = ledgers
        self.seed = seed
        """Of the run: what an update draws comes from named generators of this seed."""
        self.steps = steps
        """How many steps are taken at most."""

    def loss(self) -> Each:
        """The mean loss at the parameters as they are, without a gradient. Charged as one forward pass."""
        with torch.no_grad():
            found = self._loss()
        self.pay(self.charge.loss)
        return found

    def gradient(self) -> Each:
        """The mean loss; its gradient then lies in `grad` of the parameters, in place of what was there.

        Charged as a forward and a backward pass. Raises `UnsupportedUse` for an update whose abilities
        do not declare gradients.
        """
        if not torch.is_grad_enabled():
            message = (
                "An update asks for a gradient that it does not declare: set gradients=True in its abilities."
            )
            raise UnsupportedUse(message)
        found = self._gradient()
        self.pay(self.charge.gradient)
        return found

    @abstractmethod
    def descend(self, optimizer: Optimizer, longest: float | None) -> Each:
        """Shorten the gradient to the norm `longest`, if one is given, and let the optimizer take its step.

        Returns the norm of the whole gradient before. Both are done here because both depend on the
        precision: scaled gradients have to be scaled back.
        """

    @property
    def left(self) -> float:
        """Forward-equivalents that may still be spent. Here: as many as one likes."""
        return math.inf

    def evaluator(self, space: Space) -> Evaluator:
        """What answers the losses of single moves. Here: one after another."""
        return Serial(space, self.pay)

    def dimensions(self, name: str) -> int:
        """How many dimensions a parameter has in one model."""
        return self.parameters[name].ndim

    @abstractmethod
    def _loss(self) -> Each:
        """The mean loss."""

    @abstractmethod
    def _gradient(self) -> Each:
        """The mean loss, detached, having put its gradient into the parameters."""

    def pay(self, forward_equivalents: float) -> None:
        """Charge for an answer that was computed in another way than by `loss` or `gradient`."""
        for ledger in self.ledgers:
            ledger.charge(forward_equivalents)
