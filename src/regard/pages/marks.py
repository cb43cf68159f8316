"""Where ticks stand on a logarithmic axis."""

import math

PATTERNS = (
    (1.0,),
    (1.0, 3.0),
    (1.0, 2.0, 5.0),
    (1.0, 1.5, 2.0, 3.0, 5.0, 7.0),
    tuple(1 + i / 10 for i in range(90)),
    tuple(1 + i / 100 for i in range(900)),
)
"""First digits within a power of ten, from the roundest to the finest."""


def round_marks(low: float, high: float, room: int) -> list[float]:
    """Round numbers between two powers of ten: at least three where there are any, at most so many."""
    inside: list[float] = []
    powers = range(math.floor(low), math.ceil(high) + 1)
    for digits in PATTERNS:
        inside = [digit * 10.0**power for power in powers for digit in digits]
        inside = [mark for mark in inside if low <= math.log10(mark) <= high]
        if len(inside) >= 3:
            break
    return inside[:: math.ceil(len(inside) / room) or 1]
