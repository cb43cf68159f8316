"""One look at the scores: which mechanisms differ from the baseline, and which are as good."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import final

from regard.comparison.standard import Scores, Standard, failures, learned, one_sided
from regard.core.results import Difference, Interval, Verdict
from regard.measures.looks import Looks
from regard.measures.power import Levels, seeds_needed
from regard.measures.statistics import (
    equivalence,
    holm,
    holm_levels,
    paired_interval,
    paired_test,
    t_interval,
)


@final
@dataclass(frozen=True)
class Look:
    """One look at all mechanisms on which nothing has been decided before."""

    look: int
    standard: Standard
    base: Scores
    closed: Mapping[str, Difference]
    """What has been decided before."""
    tests: int
    """How many mechanisms are compared with the baseline."""

    def judge(self, open_ones: Mapping[str, Scores]) -> dict[str, Difference]:
        pairs = [self._pairs(own) for own in open_ones.values()]
        tested = [self._tested(differences) for differences in pairs]
        # what was shown equivalent stands as a difference that was not found, and the other way round
        equal = sum(each.verdict == "equivalent" for each in self.closed.values())
        apart = _Family([each.p for each in tested], self.standard.level, equal)
        alike = _Family(
            [each.p_equivalence for each in tested], self.standard.level, len(self.closed) - equal
        )
        return {
            label: self._judged(
                replace(each, p_holm=apart.corrected[i], p_equivalence_holm=alike.corrected[i]),
                pairs[i],
                own,
                self._levels(apart.levels[i], alike.levels[i]),
            )
            for i, ((label, own), each) in enumerate(zip(open_ones.items(), tested, strict=True))
        }

    def _pairs(self, own: Scores) -> list[float]:
        return [
            score - other
            for seed, score in own.items()
            if score is not None and (other := self.base.get(seed)) is not None
        ]

    def _tested(self, differences: Sequence[float]) -> Difference:
        """What the tests say, corrected for looks and not yet for being many: undecided."""
        resolution = self.standard.resolution
        found = paired_test(differences, level=self._strictest, resolution=resolution)
        q = equivalence(differences, self.standard.margin, resolution=resolution)
        return Difference(
            test=found.test,
            verdict="undecided",
            pairs=len(differences),
            mean=sum(differences) / len(differences) if differences else None,
            p=None if found.p is None else self._looks.overall(self.look, found.p),
            p_equivalence=None if q is None else one_sided(self.standard, self.look, q),
        )

    def _judged(
        self, found: Difference, differences: Sequence[float], own: Scores, levels: Levels | None
    ) -> Difference:
        if levels is None:
            return found
        failed = Failures(failures(own), failures(self.base))
        verdict = _verdict(found, failed, self.standard.level, learned=self._learned)
        if verdict != "undecided":
            found = replace(found, verdict=verdict, decided_at=len(self.base))
        elif self._learned or learned(own, self.standard, among=self.tests + 1):
            # of two that guess no number of seeds tells anything
            found = replace(found, seeds_needed=self._needed(differences, levels))
        level = _deciding(verdict, levels)
        low, high = self._interval(differences, verdict, levels)
        # means of those that finished bound nothing on the side that they flatter
        ends = -1.0 if failed.own else max(-1.0, low), 1.0 if failed.baseline else min(1.0, high)
        method = "two one-sided t-tests" if verdict == "equivalent" else found.test
        return replace(found, interval=ends, interval_method=method, confidence=1 - level)

    def _interval(self, differences: Sequence[float], verdict: Verdict, levels: Levels) -> Interval:
        """It leaves out 0 where a difference is detected, lies within the margin where equivalence is shown,
        and does neither where nothing is decided."""
        resolution = self.standard.resolution
        apart = paired_interval(differences, levels.difference, reach=self._strictest, resolution=resolution)
        alike = t_interval(differences, levels.equivalence, resolution=resolution)
        assert apart is not None
        assert alike is not None
        match verdict:
            case "equivalent":
                return alike
            case "undecided":
                return min(apart[0], alike[0]), max(apart[1], alike[1])
            case _:
                return apart

    def _needed(self, differences: Sequence[float], levels: Levels) -> int | None:
        # no number of seeds makes anything equivalent to a baseline that has not learned
        hoped = levels if self._learned else levels._replace(equivalence=0.0)
        return seeds_needed(differences, self.standard.margin, hoped, resolution=self.standard.resolution)

    def _levels(self, difference: float | None, equivalence: float | None) -> Levels | None:
        if difference is None or equivalence is None:
            return None
        both_sides = min(1.0, 2 * equivalence)
        return Levels(self._looks.nominal(self.look, difference), self._looks.nominal(self.look, both_sides))

    @cached_property
    def _learned(self) -> bool:
        return learned(self.base, self.standard)

    @property
    def _looks(self) -> Looks:
        return Looks(self.standard.looks or (len(self.base),))

    @property
    def _strictest(self) -> float:
        """What the smallest p must reach. With several looks 0, which only the t-test reaches: flips of signs
        are too coarse for the levels of single looks."""
        return 0.0 if len(self.standard.looks) > 1 else self.standard.level / max(1, self.tests)


@final
class _Family:
    """The claims of one kind, corrected for being many."""

    def __init__(self, p_values: Sequence[float | None], level: float, standing: int) -> None:
        self.corrected = holm(p_values, standing=standing)
        self.levels = holm_levels(p_values, level, standing=standing)


@final
@dataclass(frozen=True)
class Failures:
    """How many runs have no score."""

    own: int
    baseline: int


def _verdict(found: Difference, failed: Failures, level: float, *, learned: bool) -> Verdict:
    """`better` or `worse` where a difference is detected, `equivalent` where it is shown to be small.

    A detected difference comes first, so that `equivalent` never hides one. Means are over seeds that
    finished, which flatters whoever failed in others: who failed is never called better, and where either
    side has failures they are never called equivalent. Nothing is equivalent to a baseline that has not
    learned: guessing would be.
    """
    if found.mean is not None and found.p_holm is not None and found.p_holm <= level:
        flattered = failed.baseline if found.mean < 0 else failed.own
        if flattered:
            return "undecided"
        return "worse" if found.mean < 0 else "better"
    small = found.p_equivalence_holm is not None and found.p_equivalence_holm <= level
    return "equivalent" if small and learned and not failed.own + failed.baseline else "undecided"


def _deciding(verdict: Verdict, levels: Levels) -> float:
    """The level of the interval that agrees with the verdict."""
    match verdict:
        case "equivalent":
            return levels.equivalence
        case "undecided":
            return min(levels)
        case _:
            return levels.difference
