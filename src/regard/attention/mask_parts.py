"""The parts of a mask and its bias: one table, from which traits, guard, laws and matrix are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import final


@final
@dataclass(frozen=True)
class MaskPart:
    """A part of a mask or a bias."""

    trait: str
    """The field of `Traits` that declares it."""
    meaning: str


MASK_PARTS: Mapping[str, MaskPart] = MappingProxyType(
    {
        "causal": MaskPart("causal", "query i reads no key behind it"),
        "keys": MaskPart("padding", "which keys are real rather than padding"),
        "edges": MaskPart("edges", "which query may read which key"),
        "window": MaskPart("window", "query i reads keys at most so far away"),
        "segments": MaskPart("segments", "several documents side by side, each reading itself"),
        "start": MaskPart("start", "where the first query stands among the keys"),
        "slopes": MaskPart("slopes", "ALiBi: scores fall with the distance"),
        "table": MaskPart("table", "scores rise by a number for each offset"),
        "dense": MaskPart("dense", "scores rise by a number for each pair"),
    }
)
"""By the name of the field in `Mask` or `Bias`."""
