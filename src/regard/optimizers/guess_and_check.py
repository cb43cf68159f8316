"""Weights that are drawn anew until they fit."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, final

import torch
from torch import Tensor

from regard.core.randomness import generator_of
from regard.derivative_free import Serial
from regard.derivative_free.origin import Origin
from regard.optimization import Abilities, ClosureOptimizer, EvaluatorOf, Tuned


@final
class GuessAndCheck(ClosureOptimizer):
    """All numbers are drawn anew, uniformly, and the best draw so far is kept (Chiang et al. 2023, ICLR, who
    stop at the first that fits all examples): what a loss says of a model without any search.

    A step is one draw.

    width: numbers are drawn from -width to width.
    only: patterns of the names of parameters that are changed; empty means all.

    Raises `InvalidOption` for values outside their ranges.
    """

    tuned = Tuned("width", (0.1, 0.3, 1.0))
    abilities = Abilities(fixed_batch=True)

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[tuple[str, Tensor]],
        seed: int = 0,
        evaluator: EvaluatorOf = Serial,
        *,
        width: float = 1.0,
        only: tuple[str, ...] = (),
    ) -> None:
        super().__init__(params, seed, evaluator, only=only)
        self.require_above(0, width=width)
        self.width = width
        self.accepted = 0

    def search(self) -> float:
        if self.allowance < (1 if self.best is not None else 2):
            return float("nan") if self.best is None else self.best
        best = self.ask() if self.best is None else self.best
        self.best = best if math.isfinite(best) else math.inf
        origin = Origin(self.space)
        with origin.kept():
            self._draw()
            found = self.ask()
        if math.isfinite(found) and found < self.best:
            self.best, self.accepted = found, self.accepted + 1
        else:
            origin.restore()
        return self.best

    def _draw(self) -> None:
        """Put all numbers where this step draws them."""
        for name, parameter in self.space.parameters.items():
            rng = generator_of(self.seed, "guess", name, self.steps)
            drawn = torch.rand(parameter.shape, generator=rng, dtype=torch.float64)
            parameter.copy_((2 * drawn - 1) * self.width)

    def said(self) -> Mapping[str, float]:
        return {"accepted": self.accepted}

    def memory(self) -> dict[str, Any]:
        return {"accepted": self.accepted}

    def recall(self, memory: dict[str, Any]) -> None:
        self.accepted = memory["accepted"]
