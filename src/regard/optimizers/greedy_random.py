"""Random steps of all numbers, kept where the loss falls."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, final

from torch import Tensor

from regard.derivative_free import Serial
from regard.derivative_free.directions import noise
from regard.derivative_free.origin import Origin
from regard.optimization import Abilities, ClosureOptimizer, EvaluatorOf, Tuned


@final
class GreedyRandom(ClosureOptimizer):
    """Gaussian noise is added to every number, whatever its size, and kept if the loss falls (the greedy
    search of Chiang et al. 2023, ICLR; Rechenberg 1973 with one parent and one child).

    A step is one draw. After `patience` draws without success in a row sigma shrinks.

    sigma: standard deviation of what is added.
    least_sigma: the search rests once sigma is below.
    shrink: what sigma is multiplied by.
    patience: draws without success in a row.
    only: patterns of the names of parameters that are changed; empty means all.

    Raises `InvalidOption` for values outside their ranges.
    """

    tuned = Tuned("sigma", (0.01, 0.03, 0.1))
    leaves = 1e-3
    abilities = Abilities(fixed_batch=True)

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[tuple[str, Tensor]],
        seed: int = 0,
        evaluator: EvaluatorOf = Serial,
        *,
        sigma: float = 0.03,
        least_sigma: float = 1e-6,
        shrink: float = 0.5,
        patience: int = 100,
        only: tuple[str, ...] = (),
    ) -> None:
        super().__init__(params, seed, evaluator, only=only)
        self.require_above(0, sigma=sigma, least_sigma=least_sigma, patience=patience)
        self.require(0 < shrink < 1, f"shrink must lie between 0 and 1, and is {shrink}.")
        self.sigma, self.least_sigma, self.shrink, self.patience = sigma, least_sigma, shrink, patience
        self.failures = 0
        self.accepted = 0

    def search(self) -> float:
        needed = 1 if self.best is not None else 2
        if self.sigma < self.least_sigma or self.allowance < needed:
            return float("nan") if self.best is None else self.best
        best = self.ask() if self.best is None else self.best
        self.best = best if math.isfinite(best) else math.inf
        origin = Origin(self.space)
        with origin.kept():
            origin.move(lambda name: noise(self.space, self.seed, name, self.steps), self.sigma)
            found = self.ask()
        if math.isfinite(found) and found < self.best:
            self.best, self.failures = found, 0
            self.accepted += 1
            return found
        origin.restore()
        self.failures += 1
        if self.failures == self.patience:
            self.sigma, self.failures = self.sigma * self.shrink, 0
        return self.best

    def said(self) -> Mapping[str, float]:
        return {"sigma": self.sigma, "accepted": self.accepted}

    def memory(self) -> dict[str, Any]:
        return {"sigma": self.sigma, "failures": self.failures, "accepted": self.accepted}

    def recall(self, memory: dict[str, Any]) -> None:
        self.sigma, self.failures, self.accepted = memory["sigma"], memory["failures"], memory["accepted"]
