"""What one forward pass costs, by formula."""

from dataclasses import dataclass, fields
from typing import final

from regard.core.errors import InvalidOption


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

    def __post_init__(self) -> None:
        for field in fields(self):
            number = getattr(self, field.name)
            if not isinstance(number, int) or number < 0:
                raise InvalidOption(
                    f"Cost: {field.name} must be a whole number, 0 or more, not {number!r:.40}."
                )

    @property
    def flops(self) -> int:
        """All floating point operations."""
        return self.matmul_flops + self.other_flops
