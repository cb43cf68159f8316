"""The evolution strategy of OpenAI."""

from collections.abc import Iterable
from typing import final

from torch import Tensor

from regard.derivative_free import Serial
from regard.derivative_free.directions import noise
from regard.optimization import EvaluatorOf, EvolutionStrategy, Tuned


@final
class OpenAIES(EvolutionStrategy):
    """Salimans et al. 2017, arXiv 1703.03864: Gaussian directions of all numbers.

    rate, sigma, population, momentum: see `EvolutionStrategy`.
    decay: multiplied by the rate, the share of a weight that is taken away in a step.
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

    def direction(self, name: str, pair: int) -> Tensor:
        return noise(self.space, self.seed, name, self.steps, pair)
