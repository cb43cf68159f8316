"""What verdicts are held against, and what is known of the scores."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from regard.measures.looks import Looks
from regard.measures.statistics import exceeds

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
    chance: float = 0.0
    """The score of guessing."""
    looks: tuple[int, ...] = ()
    """The numbers of seeds at which verdicts are taken; none means once, at all seeds that there are."""


def above_chance(scores: Scores, standard: Standard) -> float | None:
    """The p of the claim that a mechanism has learned: that its mean score exceeds chance by more than the
    margin, by a one-sided t-test that counts the looks; None below 2 scores.

    By more than the margin, since guessing itself would else be as good.
    """
    found = []
    for look, seeds in enumerate(standard.looks or (len(scores),)):
        known = [score for score in first(scores, seeds).values() if score is not None]
        p = exceeds(known, standard.chance + standard.margin, resolution=standard.resolution)
        if p is not None and seeds <= len(scores):
            found.append(one_sided(standard, look, p))
    return min(found, default=None)


def learned(scores: Scores, standard: Standard, among: int = 1) -> bool:
    """Whether a mechanism is shown to beat chance, where so many are asked the same."""
    p = above_chance(scores, standard)
    return p is not None and p * among <= standard.level


def first(scores: Scores, seeds: int) -> Scores:
    """The scores of so many seeds, the lowest first."""
    return dict(sorted(scores.items())[:seeds])


def failures(scores: Scores) -> int:
    """How many seeds have no score."""
    return sum(score is None for score in scores.values())


def one_sided(standard: Standard, look: int, p: float) -> float:
    """A one-sided p that counts the looks."""
    if len(standard.looks) < 2:
        return p
    return Looks(standard.looks).overall(look, min(1.0, 2 * p)) / 2
