"""All the trainings and readings of a comparison, in order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from regard.compare.comparison import Comparison
from regard.compare.eligible import refuse
from regard.compare.plan import grid_runs, pieces, seed_runs
from regard.core.run import Run
from regard.experiment import Report, Workers
from regard.mechanisms import label
from regard.store import Store

Phase = Literal["grid", "seeds", "test"]
"""Trying the grid, training the other seeds, reading the test split."""


@dataclass(frozen=True)
class Progress:
    """One more piece of work is done."""

    phase: Phase
    done: int
    total: int
    """Pieces of all phases, known from the start; what needs no work counts as done."""
    run: Run
    report: Report

    @property
    def label(self) -> str:
        """What the mechanism is called."""
        return label(self.run.mechanisms)


def conduct(comparison: Comparison, store: Store, workers: Workers) -> Iterator[Progress]:
    """Perform everything that the store does not have yet, and say so piece by piece.

    First every mechanism at every value of the grid, with one seed. Then every mechanism with the other
    seeds, at the value that did best on validation data. Then the test split, read once for each finished
    run. Interrupted at any point, the same call goes on from there. Refuses what cannot be done before
    anything is trained (see `refuse`); a run that fails is reported and costs no other.
    """
    refuse(comparison)
    tried, done = grid_runs(comparison), 0
    total = pieces(comparison)
    for run, report in _together(tried, workers.perform(tried)):
        yield Progress("grid", done := done + 1, total, run, report)

    paired = seed_runs(comparison, store)
    others = [run for run in paired if run.seed != comparison.first_seed]
    for run, report in _together(others, workers.perform(others)):
        yield Progress("seeds", done := done + 1, total, run, report)

    finished = [run for run in paired if store.outcome(run.digest) == "finished"]
    done = total - len(finished)
    for run, report in _together(finished, workers.examine([run.digest for run in finished])):
        yield Progress("test", done := done + 1, total, run, report)


def _together(runs: list[Run], reports: Iterator[Report]) -> Iterator[tuple[Run, Report]]:
    by_digest = {run.digest: run for run in runs}
    return ((by_digest[report.digest], report) for report in reports)
