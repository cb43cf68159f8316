"""An evolution strategy that stays near where it began."""

from collections.abc import Iterable
from typing import Any, final

from torch import Tensor

from regard.derivative_free import Serial
from regard.derivative_free.directions import noise
from regard.optimization import EvaluatorOf, EvolutionStrategy, Tuned


@final
class EsAnchored(EvolutionStrategy):
    """Salimans et al. 2017, arXiv 1703.03864, with weight decay toward the first weights instead of 0: what
    the losses say nothing about stays as it was, rather than drifting with the noise of the estimates.

    rate, sigma, population, momentum: see `EvolutionStrategy`.
    decay: multiplied by the rate, the share of its way back to the first weights that a step takes.
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
        decay: float = 0.1,
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
        self.anchor = {name: each.detach().clone() for name, each in self.space.parameters.items()}
        """The weights at the beginning."""

    def direction(self, name: str, pair: int) -> Tensor:
        return noise(self.space, self.seed, name, self.steps, pair)

    def pull(self, name: str) -> Tensor:
        return self.anchor[name].to(self.space.parameters[name].device)

    def memory(self) -> dict[str, Any]:
        return super().memory() | {"anchor": dict(self.anchor)}

    def recall(self, memory: dict[str, Any]) -> None:
        super().recall(memory)
        self.anchor = dict(memory["anchor"])
