"""Many moves as one batched model, for any module."""

from collections.abc import Callable
from typing import Any, final

import torch
from jaxtyping import Float64
from torch import Tensor, nn
from torch.func import functional_call, vmap

from regard.derivative_free.evaluator import Evaluator, Pay
from regard.derivative_free.moves import Moves
from regard.derivative_free.space import Space

LossOf = Callable[[Callable[..., Any]], Tensor]
"""The loss of a model, which is called as the module is."""


@final
class Stacked(Evaluator):
    """The parameters that moves concern are stacked, one copy for each move, and the model runs once over all
    (`torch.func`). Losses equal those of the closure but for rounding. Each move costs a forward pass.

    model: whose parameters the space has.
    loss: the loss of a model that is called in its place, on the batch of the closure.
    chunk: moves at once.
    """

    def __init__(
        self, space: Space, model: nn.Module, loss: LossOf, *, chunk: int = 64, pay: Pay = lambda cost: None
    ) -> None:
        super().__init__(space, pay)
        self.model, self.loss, self.chunk = model, loss, chunk

    @property
    def block(self) -> int:
        return self.chunk

    def losses(self, moves: Moves) -> Float64[Tensor, " moves"]:
        parts = [moves[i : i + self.chunk] for i in range(0, len(moves), self.chunk)]
        self.pay(float(len(moves)))
        with torch.no_grad():
            return torch.cat([self._at_once(part) for part in parts])

    def _at_once(self, moves: Moves) -> Float64[Tensor, " moves"]:
        def loss_with(changed: dict[str, Tensor]) -> Tensor:
            return self.loss(lambda *given, **named: functional_call(self.model, changed, given, named))

        found = vmap(loss_with, randomness="same")(self._changed(moves))
        return found.cpu().double()

    def _changed(self, moves: Moves) -> dict[str, Tensor]:
        """The parameters that are concerned, one copy for each of the moves."""
        values, (which, indices) = self.space.moved(moves), self.space.locate(moves.coordinates)
        changed = dict[str, Tensor]()
        for i in sorted(set(which.tolist())):
            parameter, rows = self.space.parameters[self.space.names[i]], torch.nonzero(which == i).flatten()
            copies = parameter.detach().expand(len(moves), *parameter.shape).clone()
            flat = copies.flatten(1)
            flat[rows.to(flat.device), indices[rows].to(flat.device)] = values[rows].to(flat)
            changed[self.space.names[i]] = flat.reshape(copies.shape)
        return changed
