"""What would take too long, or more memory than there is: foreseen from shorter lengths, and left out."""

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, final

from regard.core.numbers import duration, memory
from regard.core.results.benchmark import Pass
from regard.measures.growth import ASYMPTOTIC, power_of

WORST = 2.0
"""The power of the length that is feared where nothing longer is known: no mechanism grows faster."""

Price = Literal["seconds", "bytes"]

SAID: dict[Price, Callable[[float], str]] = {"seconds": duration, "bytes": memory}


@final
@dataclass(frozen=True)
class Limits:
    """What one pass may take. The words are options of the command."""

    seconds: float = math.inf
    bytes: float = math.inf


@final
class Forecast:
    """What is known of one mechanism under one mask, and what that says of a longer sequence."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._known: dict[tuple[Pass, Price], dict[int, float]] = defaultdict(dict)
        self._closed: dict[Pass, tuple[int, str]] = {}

    def learn(self, kind: Pass, price: Price, length: int, value: float) -> None:
        """A pass at some length took so much."""
        self._known[kind, price][length] = value

    def close(self, kind: Pass, length: int, reason: str) -> None:
        """A pass at some length took the process with it: at longer ones it is not tried."""
        self._closed[kind] = (length, reason)

    def knows(self, kind: Pass) -> bool:
        """Whether anything is known of a pass."""
        return bool(self._known[kind, "seconds"]) or kind in self._closed

    def refusal(self, kind: Pass, length: int) -> str | None:
        """Why a pass at a length is not tried; None if it may be."""
        if kind in self._closed and self._closed[kind][0] <= length:
            shorter, reason = self._closed[kind]
            return f"Not tried, as at length {shorter}: {reason}"
        for price in ("seconds", "bytes"):
            expected, limit = self.expected(kind, price, length), getattr(self.limits, price)
            if expected is not None and expected > limit:
                said = SAID[price]
                return f"It would take about {said(expected)}, and the limit is {said(limit)}."
        return None

    def expected(self, kind: Pass, price: Price, length: int) -> float | None:
        """What a pass would take, from the longest shorter length; None where none is known."""
        known = {n: value for n, value in self._known[kind, price].items() if n < length}
        if not known:
            return None
        last = max(known)
        far = {n: known[n] for n in sorted(known)[-2:] if n >= ASYMPTOTIC}
        power = power_of(far)
        exponent = WORST if power is None else min(max(power.exponent, 0.0), WORST)
        return float(known[last] * (length / last) ** exponent)
