"""All the trainings and readings of a comparison, each given as soon as what it needs is known."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, final

from regard.comparison.asked import asked_runs, standard_of
from regard.comparison.comparison import Comparison
from regard.comparison.eligible import refuse
from regard.comparison.plan import grid_runs, paired_runs, pieces
from regard.comparison.standard import Standard
from regard.core.entry import Entry
from regard.core.run import Run
from regard.data import Task
from regard.experiment import Ended, Job, Pool, packs
from regard.store import Store
from regard.tasks import TASKS

Phase = Literal["grid", "seeds", "test"]
"""Trying the grid, training the other seeds, reading the test split."""


@dataclass(frozen=True)
class Progress:
    """One more piece of work is done."""

    phase: Phase
    done: int
    total: int
    """Pieces of all phases at most; what needs no work counts as done."""
    ended: Ended
    label: str
    """What the entry is called."""

    @property
    def run(self) -> Run:
        """The run that was worked on."""
        return self.ended.run


def conduct(comparison: Comparison, store: Store, pool: Pool) -> Iterator[Progress]:
    """Perform everything that the store does not have yet, and say so piece by piece.

    Every entry is tried at every value of the grid, with one seed. As soon as all have been tried, the
    one that did best on validation data is trained with the other seeds; as soon as such a run has finished,
    its test split is read, once. With `seeds=auto` there are several looks: once all runs of a look have been
    read, the entries whose verdict is open, and the baseline, get the seeds of the next. Which entry comes
    first changes no result. Interrupted at any point, the same call goes on from there. Refuses what cannot
    be done before anything is trained (see `refuse`); a run that fails is reported and costs no other.
    """
    refuse(comparison, pool.execution.seeds_at_once, pool.execution.timeout_seconds)
    conducted = _Conducted(comparison, store, pool)
    for run in grid_runs(comparison):
        conducted.train([run], "grid")
    done, total = 0, pieces(comparison)
    for report in pool.report():
        if isinstance(report, Ended):
            phase, without_work = conducted.take(report)
            done += 1 + without_work
            yield Progress(phase, done, total, report, comparison.label_of(comparison.entry_of(report.run)))


@final
class _Conducted:
    """What has been given to the pool, and what follows from its reports."""

    def __init__(self, comparison: Comparison, store: Store, pool: Pool) -> None:
        self.comparison = comparison
        self.store = store
        self.pool = pool
        self.phases: dict[Run, Phase] = {}
        self.untried = {entry: len(comparison.grid_of(entry)) for entry in comparison.entries}
        """How many values of the grid are still being tried, for each entry."""
        self.given = dict.fromkeys(comparison.labels, comparison.looks[0])
        """How many seeds each entry has been given."""
        self.under_way: set[Run] = set()

    def train(self, runs: list[Run], phase: Phase) -> None:
        """Give trainings to the pool, as many seeds at once as it may."""
        self.phases |= dict.fromkeys(runs, phase)
        self.under_way.update(runs)
        for pack in packs(runs, self.pool.execution.seeds_at_once):
            self.pool.submit(Job(pack, folder=self.store.folder))

    def take(self, ended: Ended) -> tuple[Phase, int]:
        """Give what has become possible. Returns the phase that the report belongs to, and how many
        readings fell away with it."""
        phase = self.phases[ended.run]
        self.under_way.discard(ended.run)
        match phase:
            case "grid":
                entry = self.comparison.entry_of(ended.run)
                self.untried[entry] -= 1
                fell_away = 0 if self.untried[entry] else self._pair(entry)
            case "seeds":
                fell_away = self._read(ended.run)
            case "test":
                fell_away = 0
        return phase, fell_away + (0 if self.under_way else self._look())

    def _look(self) -> int:
        """All runs of a look have been read: give the seeds of the next where they are asked for. Returns how
        many trainings and readings fell away."""
        most, fell_away = self.comparison.looks[-1], 0
        if len(self.comparison.looks) == 1:
            return 0
        for label, runs in asked_runs(self.comparison, self.store, self._standard).items():
            further = runs[self.given[label] :]
            if further:
                self.given[label] = len(runs)
                self.train(further, "seeds")
            else:
                fell_away += 2 * (most - self.given[label])
                self.given[label] = most
        return fell_away

    @cached_property
    def _standard(self) -> Standard:
        task: Task = TASKS.build(self.comparison.task.name, **self.comparison.task.settings)
        return standard_of(self.comparison, task)

    def _pair(self, entry: Entry) -> int:
        """The whole grid of an entry has been tried: its first paired run is one of those runs."""
        first, *others = paired_runs(self.comparison, entry, self.store)[: self.comparison.looks[0]]
        self.train(others, "seeds")
        return self._read(first)

    def _read(self, run: Run) -> int:
        """Read the test split of a paired run that has ended. Returns 1 if there is nothing to read with."""
        if self.store.outcome(run.digest) != "finished":
            return 1
        self.phases[run] = "test"
        self.under_way.add(run)
        self.pool.submit(Job((run,), "examine", self.store.folder))
        return 0
