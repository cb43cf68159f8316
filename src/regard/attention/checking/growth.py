"""How fast something grows with the length, as an exponent."""

import math

from regard.attention.traits import Growth


def exponent(small: float, large: float, lengths: tuple[int, int]) -> float:
    """The power of the length by which a quantity grows between two lengths."""
    return math.log(max(large, 1) / max(small, 1)) / math.log(lengths[1] / lengths[0])


def declared_exponent(growth: Growth, lengths: tuple[int, int]) -> float:
    """The exponent that a declared growth has between two lengths."""
    small, large = (_value(growth, n) for n in lengths)
    return exponent(small, large, lengths)


def _value(growth: Growth, n: int) -> float:
    if growth == "n log n":
        return n * math.log(n)
    powers = {"1": 0.0, "n": 1.0, "n r": 1.0, "n w": 1.0, "n sqrt n": 1.5, "n^2": 2.0}
    return n ** powers[growth]
