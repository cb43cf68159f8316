"""Differences on test sets outside the training distribution."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from regard.comparison.standard import Scores, Standard, first
from regard.core.results import Beyond, Difference, Verdict
from regard.measures.looks import Looks
from regard.measures.statistics import PairedTest, holm, holm_levels, paired_test, t_interval


@final
@dataclass(frozen=True)
class _Claim:
    """One mechanism on one set: the seeds on which it was trained, and the baseline's scores for the same."""

    label: str
    name: str
    own: Scores
    base: Scores
    resolution: float

    @property
    def differences(self) -> list[float]:
        pairs = [(score, self.base.get(seed)) for seed, score in self.own.items()]
        return [score - other for score, other in pairs if score is not None and other is not None]

    @property
    def tested(self) -> PairedTest:
        # level 0 asks for the t-test: flips of signs are too coarse for so many claims
        return paired_test(self.differences, level=0.0, resolution=self.resolution)


def judge_beyond(
    scores: Mapping[str, Mapping[str, Scores]],
    baseline: str,
    standard: Standard,
    resolutions: Mapping[str, float],
) -> dict[str, tuple[Beyond, ...]]:
    """By mechanism how it does on each set, from the scores by set, mechanism and seed.

    All sets and mechanisms are one family of claims (Holm 1979). How many seeds a mechanism has was decided
    by its score on the test split, so its p counts the looks. Equivalence is not tested.
    """
    claims = [
        _Claim(label, name, own, first(by_label[baseline], len(own)), resolutions[name])
        for name, by_label in scores.items()
        for label, own in by_label.items()
        if label != baseline
    ]
    p_values = [_overall(claim, standard) for claim in claims]
    steps = zip(claims, holm(p_values), holm_levels(p_values, standard.level), strict=True)
    judged = {(claim.label, claim.name): _difference(claim, p, level, standard) for claim, p, level in steps}
    labels = dict.fromkeys(label for by_label in scores.values() for label in by_label)
    return {
        label: tuple(
            Beyond(name, mean, judged.get((label, name)))
            for name, by_label in scores.items()
            if (mean := _mean(by_label[label])) is not None
        )
        for label in labels
    }


def _overall(claim: _Claim, standard: Standard) -> float | None:
    p = claim.tested.p
    return None if p is None else _looks(standard, claim).overall(_look(claim, standard), p)


def _difference(claim: _Claim, p: float | None, held: float | None, standard: Standard) -> Difference:
    differences, tested = claim.differences, claim.tested
    found = Difference(tested.test, "undecided", tested.pairs)
    if p is None or held is None:
        return found
    mean = sum(differences) / len(differences)
    level = _looks(standard, claim).nominal(_look(claim, standard), held)
    failed = any(score is None for score in (claim.own if mean > 0 else claim.base).values())
    verdict: Verdict = "better" if mean > 0 else "worse"
    decided = p <= standard.level and not failed
    return Difference(
        test=tested.test,
        verdict=verdict if decided else "undecided",
        pairs=tested.pairs,
        mean=mean,
        # what failed runs flatter is shown without an interval
        interval=None if failed else t_interval(differences, level, resolution=claim.resolution),
        interval_method=tested.test,
        confidence=1 - level,
        p=_overall(claim, standard),
        p_holm=p,
        decided_at=len(claim.own) if decided else None,
    )


def _looks(standard: Standard, claim: _Claim) -> Looks:
    return Looks(standard.looks or (len(claim.own),))


def _look(claim: _Claim, standard: Standard) -> int:
    """The look at which the mechanism got its last seeds."""
    return standard.looks.index(len(claim.own)) if standard.looks else 0


def _mean(scores: Scores) -> float | None:
    known = [score for score in scores.values() if score is not None]
    return sum(known) / len(known) if known else None
