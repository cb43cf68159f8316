"""Descent by two losses a step, without a copy of the weights."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, final

from torch import Tensor

from regard.core.errors import UnsupportedUse
from regard.derivative_free import Serial
from regard.derivative_free.directions import noise
from regard.derivative_free.substituted import Substituted
from regard.optimization import ClosureOptimizer, EvaluatorOf, Tuned


@final
class Mezo(ClosureOptimizer):
    """Malladi et al. 2023, arXiv 2305.17333, algorithm 1, after SPSA (Spall 1992): the loss at both ends of
    one random direction gives the slope along it, and the step goes against it.

    The direction is never kept but drawn again from its seed. Nor are the weights copied, or written and
    written back, which would not restore them in half precision: while the closure runs, functions of torch
    read parameter + sigma times direction in the place of the parameter (`Substituted`), one at a time. So
    only the step itself changes a weight, rounded once.

    rate: how far a step goes along the slope.
    sigma: distance to the two points, for every number.
    weight_decay: multiplied by the rate, the share of a weight that is taken away in a step.
    only: patterns of the names of parameters that are changed; empty means all.

    Raises `InvalidOption` for values outside their ranges.
    """

    tuned = Tuned("rate", (1e-4, 1e-3, 1e-2))
    leaves = 0.3

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[tuple[str, Tensor]],
        seed: int = 0,
        evaluator: EvaluatorOf = Serial,
        *,
        rate: float = 1e-3,
        sigma: float = 1e-3,
        weight_decay: float = 0.0,
        only: tuple[str, ...] = (),
    ) -> None:
        super().__init__(params, seed, evaluator, only=only)
        self.require_above(0, rate=rate, sigma=sigma)
        self.require(
            0 <= weight_decay * rate < 1,
            f"weight_decay times rate must be from 0 to below 1, and is {weight_decay * rate}.",
        )
        self.rate, self.sigma, self.weight_decay = rate, sigma, weight_decay
        self.slope = 0.0

    def search(self) -> float:
        if self.allowance < 2:
            return float("nan") if self.best is None else self.best
        above, below = self._ask_at(self.sigma), self._ask_at(-self.sigma)
        self.best = (above + below) / 2
        self.slope = (above - below) / (2 * self.sigma)
        if math.isfinite(self.slope):
            for name, parameter in self.space.parameters.items():
                step = self.rate * self.slope * self._direction(name)
                kept = (1 - self.rate * self.weight_decay) * parameter.to(step.dtype)
                parameter.copy_(kept - step)
        return self.best

    def _ask_at(self, length: float) -> float:
        """The loss that far along the direction. Raises `UnsupportedUse` if no parameter is read."""

        def shifted(name: str) -> Tensor:
            parameter, way = self.space.parameters[name].detach(), self._direction(name)
            return (parameter.to(way.dtype) + length * way).to(parameter.dtype)

        with Substituted(self.space.parameters, shifted) as reading:
            found = self.ask()
        if not reading.read:
            message = "mezo: the closure reads no parameter by a function of torch that Python sees"
            raise UnsupportedUse(f"{message}. Give it a model that is not compiled or scripted.")
        return found

    def _direction(self, name: str) -> Tensor:
        return noise(self.space, self.seed, name, self.steps)

    def said(self) -> Mapping[str, float]:
        return {"slope": self.slope}

    def memory(self) -> dict[str, Any]:
        return {"slope": self.slope}

    def recall(self, memory: dict[str, Any]) -> None:
        self.slope = memory["slope"]
