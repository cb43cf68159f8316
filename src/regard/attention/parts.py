"""The parts of a mask and its bias: one table, from which traits, guard, laws and matrix are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Part:
    """A part of a mask or a bias."""

    trait: str
    """The field of `Traits` that declares it."""
    meaning: str


PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "causal": Part("causal", "query i reads no key behind it"),
        "keys": Part("padding", "which keys are real rather than padding"),
        "edges": Part("edges", "which query may read which key"),
        "window": Part("window", "query i reads keys at most so far away"),
        "segments": Part("segments", "several documents side by side, each reading itself"),
        "start": Part("start", "where the first query stands among the keys"),
        "slopes": Part("slopes", "ALiBi: scores fall with the distance"),
        "table": Part("table", "scores rise by a number for each offset"),
        "dense": Part("dense", "scores rise by a number for each pair"),
    }
)
"""By the name of the field in `Mask` or `Bias`."""
