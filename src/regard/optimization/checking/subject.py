"""The optimizer under test, on a small model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, final

import torch
from torch import Tensor, nn

from regard.core.errors import InvalidOption
from regard.core.randomness import generator_of
from regard.optimization.closure_optimizer import ClosureOptimizer
from regard.optimization.update import Update


@final
class Trial:
    """A model with an optimizer, and a closure that counts its calls."""

    def __init__(self, part: type[ClosureOptimizer], options: Mapping[str, Any], dtype: torch.dtype) -> None:
        rng = generator_of(0, "conformance", "optimizer")
        self.weights = {
            name: nn.Parameter(torch.randn(4, 4, generator=rng, dtype=torch.float64).to(dtype))
            for name in ("first", "second")
        }
        self.x = torch.randn(8, 4, generator=rng, dtype=torch.float64).to(dtype)
        self.calls = 0
        self.search = part(self.weights.items(), 0, **options)

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

    def changed(self, before: list[Tensor]) -> float:
        """How many weights are not what they were."""
        pairs = zip(self.weights.values(), before, strict=True)
        return float(sum(int((now != then).sum()) for now, then in pairs))


@final
@dataclass(frozen=True)
class OptimizerSubject:
    """An optimizer's class with the options under which it is judged.

    Raises `InvalidOption` for a class that is none.
    """

    part: Callable[..., Any]
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (isinstance(self.part, type) and issubclass(self.part, ClosureOptimizer | Update)):
            raise InvalidOption("An optimizer subclasses regard.optimization.ClosureOptimizer or Update.")

    def declares(self, claim: str) -> bool:
        """Whether it steps by a closure."""
        return isinstance(self.part, type) and issubclass(self.part, ClosureOptimizer)

    def build(self) -> Any:
        """The optimizer on the small model; an update alone."""
        return self.trial().search if self.declares("closure") else self.part(**self.options)

    def trial(self, dtype: torch.dtype = torch.float64) -> Trial:
        """The optimizer with a new model, always the same."""
        assert isinstance(self.part, type)
        return Trial(self.part, self.options, dtype)
