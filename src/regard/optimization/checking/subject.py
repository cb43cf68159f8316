"""The optimizer under test, on a small model."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, final

import torch
from torch import Tensor

from regard.core.errors import InvalidOption
from regard.optimization.checking.trial import Trial
from regard.optimization.closure_optimizer import ClosureOptimizer
from regard.optimization.closure_update import ClosureUpdate
from regard.optimization.update import Update


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
        """Whether it steps by a closure, or compares losses of different steps too."""
        closure = isinstance(self.part, type) and issubclass(self.part, ClosureOptimizer)
        if claim == "compares":
            return closure and self.trial().search.abilities.fixed_batch
        return closure

    def build(self) -> Any:
        """The optimizer on the small model; an update alone."""
        return self.trial().search if self.declares("closure") else self.part(**self.options)

    def made(self, params: Iterable[tuple[str, Tensor]], seed: int = 0) -> ClosureOptimizer:
        """The optimizer of some parameters."""
        made: ClosureOptimizer = self.part(params, seed, **self.options)
        return made

    def trial(self, dtype: torch.dtype = torch.float64) -> Trial:
        """The optimizer with a new model, always the same."""
        return Trial(self.made, dtype)

    def update(self) -> ClosureUpdate:
        """The optimizer as an update of a training."""
        assert isinstance(self.part, type)
        return ClosureUpdate(self.part, self.options)
