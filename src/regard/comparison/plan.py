"""Which runs a comparison is made of: the tuned setting is chosen on the way."""

import math

from regard.comparison.comparison import Comparison
from regard.core.entry import Entry
from regard.core.run import Run
from regard.store import Store


def grid_runs(comparison: Comparison) -> list[Run]:
    """Every entry at every value of the grid, with the first seed."""
    return [
        comparison.run(entry, value, comparison.first_seed)
        for entry in comparison.entries
        for value in comparison.grid_of(entry)
    ]


def paired_runs(comparison: Comparison, entry: Entry, store: Store) -> list[Run]:
    """One entry with every seed that there may be, the first seed first; its grid has to be tried before."""
    value = chosen_value(comparison, entry, store)
    return [comparison.run(entry, value, seed) for seed in comparison.all_seeds]


def pieces(comparison: Comparison) -> int:
    """How many trainings and readings of the test split there are at most."""
    seeds = comparison.looks[-1]
    # the first seed's training at the chosen value is one of those that tried the grid
    return sum(len(comparison.grid_of(entry)) + seeds - 1 + seeds for entry in comparison.entries)


def chosen_value(comparison: Comparison, entry: Entry, store: Store) -> float:
    """The value with the best validation score; of equals the one with the lowest validation loss.

    Diverged and failed runs are not chosen. Where all are, the lowest value goes on: it is the one most
    likely to finish, and its failures are real ones.
    """
    finished = {
        value: _merit(store, digest)
        for value in comparison.grid_of(entry)
        if store.outcome(digest := comparison.run(entry, value, comparison.first_seed).digest) == "finished"
    }
    # values ascend, and of equals the first is found: the lowest
    return max(finished, key=finished.__getitem__, default=comparison.grid_of(entry)[0])


def _merit(store: Store, digest: str) -> tuple[float, float]:
    """Best validation score, and minus the loss at that evaluation; larger is better."""
    best = store.best(digest)
    if best is None:
        return -math.inf, -math.inf
    losses = {one.step: one.value for one in store.measurements(digest, "validation/loss")}
    return best.value, -losses.get(best.step, math.inf)
