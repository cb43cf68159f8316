"""Curves over several seeds: the mean and the range at each step."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import final

from regard.core.measurement import Measurement

LONGEST = 60
"""Points of a drawn curve: more cannot be told apart on a panel 200 pixels wide."""


@final
@dataclass(frozen=True)
class CurveBand:
    """Mean, lowest and highest value over seeds, at increasing steps."""

    steps: tuple[int, ...] = ()
    mean: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.steps)


def band(runs: Iterable[Sequence[Measurement]]) -> CurveBand:
    """The band over runs that are each a curve of one quantity.

    Only steps that every run reached count, or the mean would jump where one stops early. Runs
    without measurements are left out, and so are values that are not finite.
    """
    curves = [{point.step: point.value for point in run if math.isfinite(point.value)} for run in runs]
    curves = [curve for curve in curves if curve]
    if not curves:
        return CurveBand()
    shared = sorted(set.intersection(*(set(curve) for curve in curves)))
    rows = [[curve[step] for curve in curves] for step in shared]
    whole = CurveBand(
        steps=tuple(shared),
        mean=tuple(math.fsum(row) / len(row) for row in rows),
        low=tuple(min(row) for row in rows),
        high=tuple(max(row) for row in rows),
    )
    return _thinned(whole) if len(shared) > LONGEST else whole


def _thinned(whole: CurveBand) -> CurveBand:
    """At most `LONGEST` points: means of neighbors, and their whole range, at the last one's step."""
    size = math.ceil(len(whole.steps) / LONGEST)
    parts = [slice(i, i + size) for i in range(0, len(whole.steps), size)]
    return CurveBand(
        steps=tuple(whole.steps[part][-1] for part in parts),
        mean=tuple(math.fsum(whole.mean[part]) / len(whole.mean[part]) for part in parts),
        low=tuple(min(whole.low[part]) for part in parts),
        high=tuple(max(whole.high[part]) for part in parts),
    )
