"""Which runs a comparison is made of: rates are chosen on the way."""

import math

from regard.compare.comparison import Comparison, Mechanisms
from regard.core.run import Run
from regard.store import Store


def rate_runs(comparison: Comparison) -> list[Run]:
    """Every mechanism at every rate, with the first seed."""
    return [
        comparison.run(entry, rate, comparison.first_seed)
        for entry in comparison.mechanisms
        for rate in comparison.rates
    ]


def seed_runs(comparison: Comparison, store: Store) -> list[Run]:
    """Every mechanism with every seed, at its chosen rate; the rates have to be tried before."""
    return [run for entry in comparison.mechanisms for run in paired_runs(comparison, entry, store)]


def paired_runs(comparison: Comparison, entry: Mechanisms, store: Store) -> list[Run]:
    """One mechanism with every seed, the first seed first; its rates have to be tried before."""
    rate = chosen_rate(comparison, entry, store)
    return [comparison.run(entry, rate, seed) for seed in comparison.all_seeds]


def pieces(comparison: Comparison) -> int:
    """How many trainings and readings of the test split there are."""
    entries = len(comparison.mechanisms)
    # the first seed's training at the chosen rate is one of those that tried the rates
    return entries * (len(comparison.rates) + comparison.seeds - 1 + comparison.seeds)


def chosen_rate(comparison: Comparison, mechanisms: Mechanisms, store: Store) -> float:
    """The rate with the best validation score; of equals the one with the lowest validation loss.

    Diverged and failed runs are not chosen. Where all are, the lowest rate goes on: it is the one most
    likely to finish, and its failures are real ones.
    """
    finished = {
        rate: _merit(store, digest)
        for rate in comparison.rates
        if store.outcome(digest := comparison.run(mechanisms, rate, comparison.first_seed).digest)
        == "finished"
    }
    # rates ascend, and of equals the first is found: the lowest
    return max(finished, key=finished.__getitem__, default=comparison.rates[0])


def _merit(store: Store, digest: str) -> tuple[float, float]:
    """Best validation score, and minus the loss at that evaluation; larger is better."""
    best = store.best(digest)
    if best is None:
        return -math.inf, -math.inf
    losses = {one.step: one.value for one in store.measurements(digest, "validation/loss")}
    return best.value, -losses.get(best.step, math.inf)
