"""Evolution strategies: what all that estimate a gradient from a population share."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import torch
from jaxtyping import Float64
from torch import Tensor

from regard.derivative_free import Serial
from regard.derivative_free.origin import Origin
from regard.optimization.closure_optimizer import ClosureOptimizer, EvaluatorOf


class EvolutionStrategy(ClosureOptimizer):
    """Abstract. Salimans et al. 2017, arXiv 1703.03864, algorithm 1: losses at p points around the
    parameters, in pairs of opposite directions (Brockhoff et al. 2010); a step against their mean, each
    weighted by its centered rank, with momentum.

    A loss that is not finite ranks last. Directions are drawn again from their seeds rather than kept.

    rate: how far a step goes along the estimate.
    sigma: standard deviation of the points around the parameters.
    population: p, an even number.
    momentum: share of the last step that is taken again.
    decay: multiplied by the rate, the share by which parameters come nearer to where `pull` draws them.
    """

    def __init__(  # noqa: PLR0913 - what all strategies have as options
        self,
        params: Iterable[Tensor] | Iterable[tuple[str, Tensor]],
        seed: int = 0,
        evaluator: EvaluatorOf = Serial,
        *,
        rate: float,
        sigma: float,
        population: int,
        momentum: float,
        decay: float,
        only: tuple[str, ...],
    ) -> None:
        super().__init__(params, seed, evaluator, only=only)
        self.require_above(0, rate=rate, sigma=sigma)
        self.require(population >= 2 and population % 2 == 0, f"population must be even, not {population}.")
        self.require(0 <= momentum < 1, f"momentum must be a share from 0 to below 1, not {momentum}.")
        self.require(
            0 <= decay * rate < 1, f"decay times rate must be from 0 to below 1, not {decay * rate}."
        )
        self.rate, self.sigma, self.population = rate, sigma, population
        self.momentum, self.decay = momentum, decay
        self.moved: dict[str, Tensor] = {}
        """The last step of each parameter, in the direction of the estimate."""

    @abstractmethod
    def direction(self, name: str, pair: int) -> Tensor:
        """The direction of a pair for one parameter, of unit variance; the same whenever it is asked for."""

    def pull(self, name: str) -> Tensor:
        """Where decay draws a parameter. Here: to 0."""
        return torch.zeros_like(self.space.parameters[name])

    def search(self) -> float:
        if self.allowance < self.population:
            return float("nan") if self.best is None else self.best
        losses = self._losses()
        weights = centered_ranks(losses)
        slopes = (weights[0::2] - weights[1::2]).tolist()
        for name, parameter in self.space.parameters.items():
            self._change(name, parameter, slopes)
        finite = losses[losses.isfinite()]
        self.best = float(finite.mean()) if len(finite) else float("nan")
        return self.best

    def _losses(self) -> Float64[Tensor, " p"]:
        origin = Origin(self.space)
        found = []
        for pair in range(self.population // 2):
            for sign in (1, -1):
                with origin.at(self._along(pair), sign * self.sigma):
                    found.append(self.ask())
        return torch.tensor(found, dtype=torch.float64)

    def _along(self, pair: int) -> Callable[[str], Tensor]:
        return partial(self.direction, pair=pair)

    def _change(self, name: str, parameter: Tensor, slopes: list[float]) -> None:
        scale = self.population * self.sigma
        steps = [slope / scale * self.direction(name, pair) for pair, slope in enumerate(slopes)]
        estimate = torch.stack(steps).sum(0)
        before = self.moved.get(name)
        self.moved[name] = estimate if before is None else self.momentum * before + estimate
        exact = parameter.to(estimate.dtype)
        drawn = self.rate * self.decay * (exact - self.pull(name).to(estimate.dtype))
        parameter.copy_(exact - self.rate * self.moved[name] - drawn)

    def said(self) -> Mapping[str, float]:
        return {"sigma": self.sigma}

    def memory(self) -> dict[str, Any]:
        return {"moved": dict(self.moved)}

    def recall(self, memory: dict[str, Any]) -> None:
        parameters = self.space.parameters
        self.moved = {name: each.to(parameters[name].device) for name, each in memory["moved"].items()}


def centered_ranks(losses: Float64[Tensor, " p"]) -> Float64[Tensor, " p"]:
    """The ranks of losses as numbers from -1/2, for the lowest, to 1/2; equal losses share the mean of their
    ranks, and those that are not finite rank last.
    """
    known = losses.nan_to_num(torch.inf, torch.inf, torch.inf)
    below = (known[None, :] < known[:, None]).sum(1)
    alike = (known[None, :] == known[:, None]).sum(1)
    ranks = below + (alike - 1) / 2
    return ranks.double() / max(1, len(losses) - 1) - 0.5
