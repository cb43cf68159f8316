"""What a search weighs: quality, and costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class Aim:
    """One objective."""

    words: str
    sign: float
    """Times its value is the loss: -1 where more is better."""


AIMS: Mapping[str, Aim] = {
    "quality": Aim("mean over the proxies of the score, 0 at chance and 1 at the ceiling", -1.0),
    "flops": Aim("FLOPs of the first proxy's model, forward, one example", 1.0),
    "latency": Aim("milliseconds of the same", 1.0),
    "memory": Aim("peak bytes of the same", 1.0),
    "parameters": Aim("learned numbers of the first proxy's model", 1.0),
    "exponent": Aim("power of the length as which the FLOPs of the mechanism grow", 1.0),
}
"""All objectives, by name."""
