"""Comparisons whose truth is known: scores drawn at random, judged by the code that judges real ones."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from regard.comparison.judge import judge
from regard.comparison.standard import Standard
from regard.core.results import Difference

MECHANISMS, SEEDS, IMAGES = 10, 20, 359
DEVIATION = 0.01
"""Of one mechanism's scores over seeds; a difference of two has the square root of 2 times as much."""

Noise = Callable[[np.random.Generator], np.ndarray]
"""Noise of mean 0 and about deviation 1 for (mechanisms, seeds); the baseline's comes first."""


def equal(rng: np.random.Generator) -> np.ndarray:
    """Normal, everywhere alike."""
    return rng.normal(size=(MECHANISMS, SEEDS))


def unequal(rng: np.random.Generator) -> np.ndarray:
    """Normal; the last mechanism's deviation is 10 times the second's, the baseline's lies between."""
    spread = np.concatenate([[1.0], np.geomspace(0.3, 3.0, MECHANISMS - 1)])
    return spread[:, None] * equal(rng)


def skewed(rng: np.random.Generator) -> np.ndarray:
    """Exponential toward low scores, as where some seeds learn late; everywhere alike."""
    return 1 - rng.exponential(size=(MECHANISMS, SEEDS))


def skewed_against_normal(rng: np.random.Generator) -> np.ndarray:
    """Exponential, and the baseline's normal, so that differences are skewed too."""
    noise = skewed(rng)
    noise[0] = rng.normal(size=SEEDS)
    return noise


def skewed_against_quiet(rng: np.random.Generator) -> np.ndarray:
    """Exponential, and the baseline hardly varies: no test of few values keeps its level here."""
    noise = skewed(rng)
    noise[0] = 0.1 * rng.normal(size=SEEDS)
    return noise


SPREADS: dict[str, Noise] = {
    "equal": equal,
    "unequal": unequal,
    "skewed": skewed,
    "skewed against normal": skewed_against_normal,
}


@dataclass(frozen=True)
class Simulated:
    """One comparison: the true differences from the baseline, and what was found."""

    truth: tuple[float, ...]
    found: tuple[Difference, ...]
    looks: tuple[int, ...]

    @property
    def false_find(self) -> bool:
        """Whether any verdict is wrong: a difference that is none, or equivalence beyond the margin."""
        return any(
            (each.verdict in ("better", "worse") and not true)
            or (each.verdict == "equivalent" and abs(true) >= 0.01)
            for true, each in zip(self.truth, self.found, strict=True)
        )

    @property
    def runs(self) -> int:
        """How many paired runs there were, the baseline's included."""
        seeds = [each.decided_at or self.looks[-1] for each in self.found]
        return sum(seeds) + max(seeds)


def simulate(
    rounds: int, noise: Noise, looks: tuple[int, ...], truth: tuple[float, ...] = (0.0,) * (MECHANISMS - 1)
) -> Iterator[Simulated]:
    """So many comparisons of ten mechanisms on 359 test images."""
    rng = np.random.default_rng(0)
    standard = Standard(margin=0.01, level=0.05, resolution=1 / IMAGES, chance=0.1, looks=looks)
    means = 0.95 + np.array([0.0, *truth])
    for _ in range(rounds):
        drawn = means[:, None] + DEVIATION * noise(rng)[:, : looks[-1]]
        by_label = {f"m{i}": dict(enumerate(row.tolist())) for i, row in enumerate(drawn)}
        found = judge(by_label, "m0", standard)
        yield Simulated(truth, tuple(found.values()), looks)
