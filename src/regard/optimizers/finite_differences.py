"""Descent by differences of losses, coordinate by coordinate."""

from collections.abc import Iterable, Mapping
from typing import Any, final

import torch
from torch import Tensor

from regard.core.randomness import generator_of
from regard.derivative_free import Moves, Serial
from regard.optimization import ClosureOptimizer, EvaluatorOf, Tuned


@final
class FiniteDifferences(ClosureOptimizer):
    """Coordinate-wise gradient estimation (Chen et al. 2024, arXiv 2310.02025, eq. 2): the difference of
    losses one small move apart is the derivative by that number, and the number moves against it.

    A step concerns `coordinates` numbers drawn for it, all of them where there are not more, and costs one
    loss more than it has coordinates. A number whose loss is not finite stays.

    rate: the learning rate.
    sigma: the distance over which a difference is taken.
    coordinates: numbers in a step.
    only: patterns of the names of parameters that are changed; empty means all.

    Raises `InvalidOption` for values outside their ranges.
    """

    tuned = Tuned("rate", (0.03, 0.1, 0.3))
    leaves = 1e-5

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[tuple[str, Tensor]],
        seed: int = 0,
        evaluator: EvaluatorOf = Serial,
        *,
        rate: float = 0.1,
        sigma: float = 1e-3,
        coordinates: int = 256,
        only: tuple[str, ...] = (),
    ) -> None:
        super().__init__(params, seed, evaluator, only=only)
        self.require_above(0, rate=rate, sigma=sigma, coordinates=coordinates)
        self.rate, self.sigma = rate, sigma
        self.count = min(coordinates, self.space.size)
        self.norm = 0.0

    def search(self) -> float:
        if self.allowance < self.count + 1:
            return float("nan") if self.best is None else self.best
        self.best = self.ask()
        rng = generator_of(self.seed, "coordinates", self.steps)
        chosen = torch.randperm(self.space.size, generator=rng)[: self.count].sort().values
        moves = Moves(chosen, torch.full((self.count,), self.sigma, dtype=torch.float64))
        # what a move really adds, once it is rounded to the type of its parameter
        added = self.space.moved(moves) - self.space.values(chosen)
        losses = self._answers(moves)
        slopes = ((losses - self.best) / added).nan_to_num(0.0, 0.0, 0.0)
        self.norm = float(slopes.norm())
        self.evaluator.make(Moves(chosen, -self.rate * slopes))
        return self.best

    def _answers(self, moves: Moves) -> Tensor:
        """The losses of all moves, as many at once as the evaluator answers."""
        size = self.evaluator.block or len(moves)
        self.evaluations += len(moves)
        parts = [moves[i : i + size] for i in range(0, len(moves), size)]
        return torch.cat([self.evaluator.losses(part) for part in parts])

    def said(self) -> Mapping[str, float]:
        return {"gradient_norm": self.norm}

    def memory(self) -> dict[str, Any]:
        return {"norm": self.norm}

    def recall(self, memory: dict[str, Any]) -> None:
        self.norm = memory["norm"]
