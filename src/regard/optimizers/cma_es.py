"""Covariance matrix adaptation with a diagonal matrix."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from regard.core.errors import RegardError
from regard.core.randomness import seed_of
from regard.derivative_free import Serial
from regard.derivative_free.origin import Origin
from regard.optimization import ClosureOptimizer, EvaluatorOf, Tuned

HIGHEST = 1e300
"""Stands for a loss that is not finite: such a point ranks last."""

LARGEST = 100_000
"""Points of a population: all of a generation are kept until it is complete."""


@final
class CmaEs(ClosureOptimizer):
    """Ros & Hansen 2008 (separable CMA-ES), by the library cmaes: `pip install 'regard[cmaes]'`. It learns a
    standard deviation for each number, and one step size for all.

    A step is one generation. The parameters lie at the mean.

    sigma: the first step size.
    population: points of a generation; None means 4 + 3 ln n.
    only: patterns of the names of parameters that are changed; empty means all.

    Raises `InvalidOption` for values outside their ranges.
    """

    tuned = Tuned("sigma", (0.01, 0.03, 0.1))
    leaves = 1e-6

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[tuple[str, Tensor]],
        seed: int = 0,
        evaluator: EvaluatorOf = Serial,
        *,
        sigma: float = 0.03,
        population: int | None = None,
        only: tuple[str, ...] = (),
    ) -> None:
        super().__init__(params, seed, evaluator, only=only)
        self.require_above(0, sigma=sigma)
        n = self.space.size
        self.require(
            population is None or 4 <= population <= LARGEST,
            f"population must lie between 4 and {LARGEST}, and is {population}.",
        )
        try:
            from cmaes import SepCMA  # noqa: PLC0415 (an extra)
        except ImportError as error:
            message = "The optimizer 'cma_es' needs the package cmaes, which is not installed."
            raise RegardError(f"{message} Run pip install 'regard[cmaes]'.") from error
        mean = self.space.values(torch.arange(n)).numpy()
        # it takes no single number, on which options are tried
        self.strategy = SepCMA(np.resize(mean, max(2, n)), sigma, population_size=population, seed=0)

    def search(self) -> float:
        strategy = self.strategy
        if self.allowance < strategy.population_size:
            return float("nan") if self.best is None else self.best
        strategy.reseed_rng(seed_of(self.seed, "generation", self.steps) % 2**32)
        origin, asked = Origin(self.space), []
        try:
            for _ in range(strategy.population_size):
                point = strategy.ask()
                self._put(point)
                found = self.ask()
                asked.append((point, found if math.isfinite(found) else HIGHEST))
        except BaseException:
            origin.restore()
            raise
        if all(loss == HIGHEST for _, loss in asked):
            origin.restore()  # the ranks of what has no order would move the mean at random
            return float("nan")
        self.best = min(loss for _, loss in asked)
        strategy.tell(asked)
        self._put(strategy.mean)
        return self.best

    def _put(self, point: np.ndarray) -> None:
        for i, parameter in enumerate(self.space.parameters.values()):
            part = torch.from_numpy(point[self.space.offsets[i] : self.space.offsets[i + 1]])
            parameter.copy_(part.reshape(parameter.shape))

    def said(self) -> Mapping[str, float]:
        return {"sigma": float(self.strategy.__getstate__()["_sigma"])}

    def memory(self) -> dict[str, Any]:
        return {name: _kept(value) for name, value in self.strategy.__getstate__().items()}

    def recall(self, memory: dict[str, Any]) -> None:
        self.strategy.__setstate__({name: _given(value) for name, value in memory.items()})


def _kept(value: Any) -> Any:
    """A value of the library's state as a checkpoint holds it."""
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy())
    return value.item() if isinstance(value, np.generic) else value


def _given(value: Any) -> Any:
    return value.cpu().numpy().copy() if isinstance(value, Tensor) else value
