"""An evolution strategy with directions of low rank."""

from collections.abc import Iterable
from typing import final

from torch import Tensor

from regard.derivative_free import Serial
from regard.derivative_free.directions import low_rank
from regard.optimization import EvaluatorOf, EvolutionStrategy, Tuned


@final
class Eggroll(EvolutionStrategy):
    """Sarkar et al. 2025, arXiv 2511.16652 (EGGROLL): for a matrix the direction is A B^T / sqrt(r), so
    that a population shares its products with the weights; the sum over the population has a higher rank.

    rate, sigma, population, momentum: see `EvolutionStrategy`.
    decay: multiplied by the rate, the share of a weight that is taken away in a step.
    rank: r, columns of A and B.
    only: patterns of the names of parameters that are changed; empty means all.

    Raises `InvalidOption` for values outside their ranges.
    """

    tuned = Tuned("rate", (0.003, 0.01, 0.03))
    leaves = 0.3

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[tuple[str, Tensor]],
        seed: int = 0,
        evaluator: EvaluatorOf = Serial,
        *,
        rate: float = 0.01,
        sigma: float = 0.03,
        population: int = 32,
        momentum: float = 0.9,
        decay: float = 0.0,
        rank: int = 1,
        only: tuple[str, ...] = (),
    ) -> None:
        super().__init__(
            params,
            seed,
            evaluator,
            rate=rate,
            sigma=sigma,
            population=population,
            momentum=momentum,
            decay=decay,
            only=only,
        )
        self.require_above(0, rank=rank)
        self.rank = rank

    def direction(self, name: str, pair: int) -> Tensor:
        return low_rank(self.space, self.seed, name, self.steps, pair, rank=self.rank)
