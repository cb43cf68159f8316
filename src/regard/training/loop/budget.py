"""What a training may cost, and the costs at which it is evaluated."""

import math
from dataclasses import dataclass
from typing import final

GROWTH = 1.25
"""Between two costs at which training is evaluated: ten evaluations in a decade."""


@final
@dataclass(frozen=True)
class Budget:
    """Forward-equivalents that a training may cost; None means as many as one likes."""

    cost: int | None

    def spent(self, cost: float) -> bool:
        """Whether a training that has cost so much ends."""
        return self.cost is not None and cost >= self.cost

    def left(self, cost: float) -> float:
        """What may still be spent."""
        return math.inf if self.cost is None else max(0.0, self.cost - cost)

    def marks(self, cost: float) -> int:
        """How many of the costs at which training is evaluated have been reached: 1, 1.25, 1.25^2, ..."""
        if self.cost is None or cost < 1:
            return 0
        # a cost that is a mark has reached it, whatever the logarithm rounds to
        return 1 + math.floor(math.log(cost) / math.log(GROWTH) + 1e-9)

    def steps(self, least: float) -> int:
        """How many steps it pays for at most, where each costs `least` or more."""
        assert self.cost is not None, "without a budget epochs decide"
        return max(1, math.floor(self.cost / least))
