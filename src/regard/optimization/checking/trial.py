"""An optimizer at work on a small model."""

from collections.abc import Callable, Iterable
from typing import final

import torch
from torch import Tensor, nn

from regard.core.randomness import generator_of
from regard.optimization.closure_optimizer import ClosureOptimizer

Made = Callable[[Iterable[tuple[str, Tensor]]], ClosureOptimizer]
"""An optimizer of named parameters."""


@final
class Trial:
    """A model with an optimizer, and a closure that counts its calls. Always the same model.

    make: the optimizer.
    dtype: of the model and its losses.
    width: of the two square matrices that are its weights.
    beside: further parameters, which the loss does not read, named before those that it does.
    """

    def __init__(
        self,
        make: Made,
        dtype: torch.dtype = torch.float64,
        width: int = 4,
        beside: Iterable[tuple[str, Tensor]] = (),
    ) -> None:
        rng = generator_of(0, "conformance", "optimizer")
        shapes = (width, width), (width, width), (8, width)
        drawn = [torch.randn(shape, generator=rng, dtype=torch.float64).to(dtype) for shape in shapes]
        self.weights = {"first": nn.Parameter(drawn[0]), "second": nn.Parameter(drawn[1])}
        self.x = drawn[2]
        self.calls = 0
        self.search = make([*beside, *self.weights.items()])

    def loss(self) -> Tensor:
        """A smooth loss with a minimum."""
        self.calls += 1
        hidden = torch.tanh(self.x @ self.weights["first"])
        return ((hidden @ self.weights["second"] - self.x) ** 2).mean()

    def steps(self, count: int) -> list[float]:
        """The losses that so many steps return."""
        return [self.search.step(self.loss) for _ in range(count)]

    def copies(self) -> list[Tensor]:
        """The weights as they are."""
        return [each.detach().clone() for each in self.weights.values()]

    def put(self, copies: list[Tensor]) -> None:
        """Give the weights the values of others."""
        with torch.no_grad():
            for to, value in zip(self.weights.values(), copies, strict=True):
                to.copy_(value)

    def changed(self, before: list[Tensor]) -> float:
        """How many weights are not, bit for bit, what they were."""
        pairs = zip(self.weights.values(), before, strict=True)
        return float(sum(_differing(now.detach(), then) for now, then in pairs))


def _differing(now: Tensor, then: Tensor) -> int:
    first, second = (each.contiguous().view(torch.uint8).view(each.numel(), -1) for each in (now, then))
    return int((first != second).any(1).sum())
