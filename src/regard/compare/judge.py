"""The verdicts: every mechanism against the baseline, seed by seed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from regard.measures.statistics import Interval, equivalence, holm, interval, paired_test

Verdict = Literal["better", "worse", "equivalent", "undecided"]

Scores = Mapping[int, float | None]
"""The test score of each seed; None where the run failed."""


@dataclass(frozen=True, kw_only=True)
class Standard:
    """What a verdict is held against."""

    margin: float
    level: float
    resolution: float
    """The smallest step of a score: 1 over the number of test samples."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A mechanism minus the baseline, over the seeds that finished on both sides."""

    spread: Interval | None
    """Its mean with an interval that is not corrected for many tests; None without any pair."""
    pairs: int
    test: str
    p: float | None
    p_equivalence: float | None
    """Of the claim that the difference lies within the margin."""
    failures: int
    """Of the mechanism's runs."""
    baseline_failures: int
    p_holm: float | None = None
    p_equivalence_holm: float | None = None

    def verdict(self, level: float) -> Verdict:
        """`better` or `worse` where a difference is detected, `equivalent` where it is shown to be small.

        A detected difference comes first, so that `equivalent` never hides one. Means are over seeds that
        finished, which flatters whoever failed in others: with failures a mechanism is never called better,
        and where either side has failures they are never called equivalent.
        """
        if self.spread is not None and self.p_holm is not None and self.p_holm <= level:
            if self.spread.mean < 0:
                return "worse"
            return "undecided" if self.failures else "better"
        small = self.p_equivalence_holm is not None and self.p_equivalence_holm <= level
        return "equivalent" if small and not self.failures + self.baseline_failures else "undecided"


def judge(scores: Mapping[str, Scores], baseline: str, standard: Standard) -> dict[str, Difference]:
    """The difference of every mechanism but the baseline, corrected for there being many (Holm 1979).

    The differences and the equivalences are two families of claims, each corrected on its own.
    """
    # the smallest p must reach this for Holm to let it pass
    strictest = standard.level / max(1, len(scores) - 1)
    apart = {
        label: _difference(own, scores[baseline], standard, strictest)
        for label, own in scores.items()
        if label != baseline
    }
    corrected = holm([each.p for each in apart.values()])
    equal = holm([each.p_equivalence for each in apart.values()])
    return {
        label: replace(each, p_holm=p, p_equivalence_holm=q)
        for (label, each), p, q in zip(apart.items(), corrected, equal, strict=True)
    }


def _difference(own: Scores, base: Scores, standard: Standard, strictest: float) -> Difference:
    differences = [
        score - other
        for seed, score in own.items()
        if score is not None and (other := base.get(seed)) is not None
    ]
    tested = paired_test(differences, level=strictest, resolution=standard.resolution)
    return Difference(
        spread=interval(differences, resolution=standard.resolution) if differences else None,
        pairs=tested.pairs,
        test=tested.test,
        p=tested.p,
        p_equivalence=equivalence(differences, standard.margin, resolution=standard.resolution),
        failures=failures(own),
        baseline_failures=failures(base),
    )


def failures(scores: Scores) -> int:
    """How many seeds have no score."""
    return sum(score is None for score in scores.values())
