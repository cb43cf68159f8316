"""What one forward pass costs, by formula."""

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True, kw_only=True)
class Cost:
    """Counts for one example and all heads. One multiply-add is two FLOPs; exp and the like are one.

    Pairs that the mask forbids do not count where the form skips them.
    """

    matmul_flops: int
    """Matrix products: the part that torch's counter can confirm."""
    other_flops: int = 0
    """Everything else: exponentials, sums, comparisons, transforms."""
    state_numbers: int
    """What must be kept to answer one more query after m keys: a key-value cache, or a fixed state."""

    @property
    def flops(self) -> int:
        """All floating point operations."""
        return self.matmul_flops + self.other_flops
