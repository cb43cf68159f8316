"""The verdicts: every mechanism against the baseline, seed by seed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import final

from regard.core.results import Difference, Verdict
from regard.measures.statistics import equivalence, holm, interval, paired_test

Scores = Mapping[int, float | None]
"""The test score of each seed; None where the run failed."""


@final
@dataclass(frozen=True, kw_only=True)
class Standard:
    """What a verdict is held against."""

    margin: float
    level: float
    resolution: float
    """The smallest step of a score: 1 over the number of test samples."""


def judge(scores: Mapping[str, Scores], baseline: str, standard: Standard) -> dict[str, Difference]:
    """The difference of every mechanism but the baseline, corrected for there being many (Holm 1979).

    Each is taken over the seeds that finished on both sides. The differences and the equivalences are two
    families of claims, each corrected on its own.
    """
    # the smallest p must reach this for Holm to let it pass
    strictest = standard.level / max(1, len(scores) - 1)
    base = scores[baseline]
    others = {label: own for label, own in scores.items() if label != baseline}
    tested = [_tested(own, base, standard, strictest) for own in others.values()]
    corrected = holm([each.p for each in tested])
    equal = holm([each.p_equivalence for each in tested])
    judged = {}
    for (label, own), each, p, q in zip(others.items(), tested, corrected, equal, strict=True):
        found = replace(each, p_holm=p, p_equivalence_holm=q)
        failed = Failures(failures(own), failures(base))
        judged[label] = replace(found, verdict=_verdict(found, failed, standard.level))
    return judged


@final
@dataclass(frozen=True)
class Failures:
    """How many runs have no score."""

    own: int
    baseline: int


def _verdict(found: Difference, failed: Failures, level: float) -> Verdict:
    """`better` or `worse` where a difference is detected, `equivalent` where it is shown to be small.

    A detected difference comes first, so that `equivalent` never hides one. Means are over seeds that
    finished, which flatters whoever failed in others: with failures a mechanism is never called better,
    and where either side has failures they are never called equivalent.
    """
    if found.mean is not None and found.p_holm is not None and found.p_holm <= level:
        if found.mean < 0:
            return "worse"
        return "undecided" if failed.own else "better"
    small = found.p_equivalence_holm is not None and found.p_equivalence_holm <= level
    return "equivalent" if small and not failed.own + failed.baseline else "undecided"


def _tested(own: Scores, base: Scores, standard: Standard, strictest: float) -> Difference:
    """What the tests say, before corrections: undecided."""
    differences = [
        score - other
        for seed, score in own.items()
        if score is not None and (other := base.get(seed)) is not None
    ]
    tested = paired_test(differences, level=strictest, resolution=standard.resolution)
    spread = interval(differences, resolution=standard.resolution) if differences else None
    return Difference(
        test=tested.test,
        verdict="undecided",
        pairs=tested.pairs,
        mean=spread.mean if spread else None,
        interval=spread.within(-1.0, 1.0) if spread else None,
        interval_method=spread.method if spread else None,
        p=tested.p,
        p_equivalence=equivalence(differences, standard.margin, resolution=standard.resolution),
    )


def failures(scores: Scores) -> int:
    """How many seeds have no score."""
    return sum(score is None for score in scores.values())
