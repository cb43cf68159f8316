"""What comparisons find and how often they err, simulated: the tables of docs/results.md.

python scripts/comparison_power.py [ROUNDS]
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from simulated_comparisons import MECHANISMS, SPREADS, Simulated, equal, simulate, skewed_against_quiet

from regard.comparison.seeds import looks_of

AUTO = looks_of("auto:20")
TWO_POINTS = (0.02, *[0.0] * (MECHANISMS - 2))
SIX_DIFFER = (0.02, 0.02, -0.02, 0.01, -0.01, 0.01, 0.0, 0.0, 0.0)


def main(rounds: int) -> None:
    """Print every figure, a line each."""
    for name, noise in (*SPREADS.items(), ("skewed against quiet", skewed_against_quiet)):
        for looks in ((5,), (10,), AUTO):
            found = list(simulate(rounds, noise, looks))
            print(f"{name}, looks at {looks}: false finds {percent([one.false_find for one in found])}")
    for looks in ((5,), (10,), (20,), AUTO):
        show("2 points", looks, list(simulate(rounds, equal, looks, TWO_POINTS)))
    show("2 points, quieter", AUTO, list(simulate(rounds, quieter, AUTO, TWO_POINTS)))
    show("six differ", AUTO, list(simulate(rounds, equal, AUTO, SIX_DIFFER)))


def quieter(rng: np.random.Generator) -> np.ndarray:
    """Differences of two mechanisms have a deviation of 1 point instead of 1.4."""
    return equal(rng) / 2**0.5


def show(name: str, looks: tuple[int, ...], simulated: list[Simulated]) -> None:
    """Of comparisons in which the first mechanism is better."""
    found = [one.found[0].verdict == "better" for one in simulated]
    alike = [each.verdict == "equivalent" for one in simulated for each in one.found[1:]]
    runs = np.mean([one.runs for one in simulated])
    false = percent([one.false_find for one in simulated])
    print(f"{name}, looks at {looks}: found {percent(found)}, false finds {false}, "
          f"shown equivalent {percent(alike)}, runs {runs:.0f}")  # fmt: skip


def percent(hits: list[bool]) -> str:
    """The share of hits."""
    return f"{100 * np.mean(hits):.1f} %"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
