"""Direct search along random directions."""

import math
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Literal, final

from torch import Tensor

from regard.derivative_free import Serial
from regard.derivative_free.directions import low_rank, noise
from regard.derivative_free.origin import Origin
from regard.optimization import Abilities, ClosureOptimizer, EvaluatorOf, Tuned


@final
class RandomSubspace(ClosureOptimizer):
    """Roberts & Royer 2023, SIAM Journal on Optimization 33(4): `dimension` random directions and their
    opposites are tried instead of all coordinates, which costs O(1) instead of O(n) losses; the first that
    lowers the loss by more than decrease times the squared radius is taken, and the radius grows; else it
    shrinks.

    A step is one such poll.

    radius: length of a move, all numbers together.
    least_radius: the search rests once the radius is below.
    dimension: directions of a poll; one suffices (section 4 there).
    directions: `gaussian`, or of `rank_one` in every matrix.
    shrink, expansion: what the radius is multiplied by after a poll without and with success.
    decrease: see above.
    only: patterns of the names of parameters that are changed; empty means all.

    Raises `InvalidOption` for values outside their ranges.
    """

    tuned = Tuned("radius", (0.3, 1.0, 3.0))
    leaves = 1e-8
    abilities = Abilities(fixed_batch=True)

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[tuple[str, Tensor]],
        seed: int = 0,
        evaluator: EvaluatorOf = Serial,
        *,
        radius: float = 1.0,
        least_radius: float = 1e-6,
        dimension: int = 1,
        directions: Literal["gaussian", "rank_one"] = "gaussian",
        shrink: float = 0.5,
        expansion: float = 2.0,
        decrease: float = 0.0,
        only: tuple[str, ...] = (),
    ) -> None:
        super().__init__(params, seed, evaluator, only=only)
        self.require_above(0, radius=radius, least_radius=least_radius, dimension=dimension)
        self.require(0 < shrink < 1, f"shrink must lie between 0 and 1, and is {shrink}.")
        self.require(expansion >= 1, f"expansion must be at least 1, and is {expansion}.")
        self.require(decrease >= 0, f"decrease must be at least 0, and is {decrease}.")
        self.radius, self.least_radius, self.dimension = radius, least_radius, dimension
        self.shrink, self.expansion, self.decrease = shrink, expansion, decrease
        self.directions = directions
        self.accepted = 0

    def search(self) -> float:
        needed = 2 * self.dimension + (self.best is None)
        if self.radius < self.least_radius or self.allowance < needed:
            return float("nan") if self.best is None else self.best
        best = self.ask() if self.best is None else self.best
        self.best = best if math.isfinite(best) else math.inf
        if self._poll():
            self.accepted += 1
            self.radius *= self.expansion
        else:
            self.radius *= self.shrink
        return self.best

    def _poll(self) -> bool:
        """Move along the first direction that is good enough. Returns whether there was one."""
        assert self.best is not None, "the loss at the parameters has been asked for"
        origin, enough = Origin(self.space), self.best - self.decrease * self.radius**2
        length = self.radius / self.space.size**0.5
        for i in range(self.dimension):
            for sign in (1, -1):
                with origin.kept():
                    origin.move(partial(self._direction, i), sign * length)
                    found = self.ask()
                if math.isfinite(found) and found < enough:
                    self.best = found
                    return True
        origin.restore()
        return False

    def _direction(self, i: int, name: str) -> Tensor:
        if self.directions == "rank_one":
            return low_rank(self.space, self.seed, name, self.steps, i, rank=1)
        return noise(self.space, self.seed, name, self.steps, i)

    def said(self) -> Mapping[str, float]:
        return {"radius": self.radius, "accepted": self.accepted}

    def memory(self) -> dict[str, Any]:
        return {"radius": self.radius, "accepted": self.accepted}

    def recall(self, memory: dict[str, Any]) -> None:
        self.radius, self.accepted = memory["radius"], memory["accepted"]
