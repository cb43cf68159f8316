"""ZDT1 (Zitzler, Deb & Thiele 2000): two objectives over 30 numbers, with a front that is known."""

from collections.abc import Generator, Mapping, Sequence
from random import Random
from typing import Any, final

import numpy as np

from regard.search.candidate import Candidate, Judged
from regard.search.evaluator import Evaluator
from regard.search.ranking import hypervolume
from regard.search.space import Space

Genome = tuple[float, ...]


class Numbers(Space[Genome]):
    """30 numbers from 0 to 1, with the operators of the paper on NSGA-II: simulated binary crossover and
    polynomial mutation (Deb & Agrawal 1995)."""

    size = 30
    eta_crossover = 15.0
    eta_mutation = 20.0

    def start(self, rng: Random) -> Genome:
        return tuple(rng.random() for _ in range(self.size))

    def vary(
        self, parents: Sequence[Genome], rng: Random, chances: Mapping[str, float]
    ) -> tuple[Genome, str]:
        first, second = parents if len(parents) == 2 else (parents[0], parents[0])
        crossed = rng.random() < 0.9
        if crossed and rng.random() < 0.5:
            first, second = second, first
        child = [self._cross(a, b, rng) if crossed else a for a, b in zip(first, second, strict=True)]
        return tuple(self._mutate(x, rng) for x in child), "crossover" if crossed else "mutation"

    def identity(self, genome: Genome) -> str:
        return repr(genome)

    def to_json(self, genome: Genome) -> Any:
        return list(genome)

    def from_json(self, value: Any) -> Genome:
        return tuple(value)

    def _cross(self, a: float, b: float, rng: Random) -> float:
        if abs(a - b) < 1e-14 or rng.random() < 0.5:
            return a
        low, high = min(a, b), max(a, b)
        beta = self._spread(1 + 2 * min(low, 1 - high) / (high - low), rng.random())
        sign = rng.choice((1.0, -1.0))  # which of the two children
        return min(1.0, max(0.0, 0.5 * (low + high) + sign * 0.5 * beta * (high - low)))

    def _spread(self, room: float, u: float) -> float:
        alpha = 2 - room ** -(self.eta_crossover + 1)
        power = 1 / (self.eta_crossover + 1)
        return (u * alpha) ** power if u <= 1 / alpha else (1 / (2 - u * alpha)) ** power

    def _mutate(self, x: float, rng: Random) -> float:
        if rng.random() >= 1 / self.size:
            return x
        u, power = rng.random(), self.eta_mutation + 1
        if u < 0.5:
            return x + (2 * u + (1 - 2 * u) * (1 - x) ** power) ** (1 / power) - 1
        return x + 1 - (2 * (1 - u) + 2 * (u - 0.5) * x**power) ** (1 / power)


@final
class Zdt1(Evaluator[Genome]):
    """Evaluates at once."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Candidate[Genome], int]] = []
        self.count = 0

    def submit(self, candidate: Candidate[Genome], repeats: int) -> None:
        self.waiting.append((candidate, repeats))

    def report(self) -> Generator[Judged]:
        while self.waiting:
            candidate, repeats = self.waiting.pop(0)
            self.count += 1
            yield Judged(candidate.number, zdt1(candidate.genome), repeats=repeats)


def zdt1(x: Genome) -> tuple[float, float]:
    g = 1 + 9 * sum(x[1:]) / (max(len(x) - 1, 1))
    return x[0], g * (1 - (x[0] / g) ** 0.5)


def quality(front: Sequence[tuple[float, ...]]) -> tuple[float, float]:
    """IGD from 100 points of the true front, and the hypervolume up to (1.1, 1.1): at most 0.8714."""
    x = np.linspace(0, 1, 100)
    true = np.stack([x, 1 - np.sqrt(x)], 1)
    apart = np.linalg.norm(true[:, None] - np.asarray(front)[None], axis=-1).min(1)
    return float(apart.mean()), hypervolume(front, (1.1, 1.1))
