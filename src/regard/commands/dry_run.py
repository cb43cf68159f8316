"""What a command would do: `--dry-run`. Nothing is written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from regard.commands.forecast import TIMED, Forecast, forecast
from regard.comparison import Comparison, refuse
from regard.comparison.labels import label_of
from regard.comparison.plan import grid_runs, paired_runs
from regard.core.entry import Entry
from regard.core.execution import Execution
from regard.core.numbers import duration
from regard.core.outcome import Outcome
from regard.core.run import Run
from regard.store import Store
from regard.store.store import FILE


@final
@dataclass(frozen=True)
class Trainings:
    """The trainings of one model: those that have ended, by digest, and how many are left."""

    label: str
    ended: Mapping[str, Outcome]
    left: int
    forecast: Forecast | None
    """Of one of those that are left; None if none is."""

    @property
    def seconds(self) -> float:
        """Of those that are left, one after another."""
        return self.left * self.forecast.seconds if self.forecast else 0.0

    def __str__(self) -> str:
        ended = [f"{outcome} {digest}" for digest, outcome in self.ended.items()]
        told = f"{self.label}: {self.left} to train"
        told += f", about {duration(self.seconds / self.left)} each" if self.left else ""
        return told + (f"; {', '.join(ended)}" if ended else "")


@final
@dataclass(frozen=True)
class DryRun:
    """The resolved description, what would be trained, and how long it would take."""

    description: Mapping[str, Any]
    trainings: Sequence[Trainings]
    workers: int

    @property
    def seconds(self) -> float:
        """Of all trainings, by so many workers at a time."""
        return sum(each.seconds for each in self.trainings) / self.workers

    @property
    def basis(self) -> str:
        """What the time is based on."""
        if not any(each.left for each in self.trainings):
            return "Everything has been trained."
        return (
            f"By {self.workers} at a time, from {TIMED} steps and two evaluations of each model on this "
            f"machine, one model at a time; early stops and reading the test split are not foreseen."
        )

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        trainings = [
            {"label": each.label, "ended": dict(each.ended), "left": each.left, "seconds": each.seconds}
            for each in self.trainings
        ]
        return {
            "description": dict(self.description),
            "trainings": trainings,
            "seconds": self.seconds,
            "basis": self.basis,
        }

    def __str__(self) -> str:
        described = [
            f"{key}={'null' if value is None else value}" for key, value in _flat("", self.description)
        ]
        lines = [*described, "", *map(str, self.trainings), ""]
        about = f"About {duration(self.seconds)} in all. " if self.seconds else ""
        return "\n".join([*lines, about + self.basis])


def dry_train(runs: Sequence[Run], project: Path, execution: Execution) -> DryRun:
    """What training these runs, which differ in their seeds, would be. Raises what training would raise."""
    with _store(project) as store:
        ended = _ended(runs, store)
    left = [run for run in runs if run.digest not in ended]
    pace = forecast(left[0], execution) if left else None
    trainings = [
        Trainings(
            f"{label_of(Entry.of(run.mechanisms))}, seed {run.seed}",
            {digest: outcome for digest, outcome in ended.items() if digest == run.digest},
            int(run in left),
            pace if run in left else None,
        )
        for run in runs
    ]
    return DryRun(runs[0].to_json(), trainings, workers=1)


def dry_compare(comparison: Comparison, project: Path, execution: Execution) -> DryRun:
    """What a comparison would be. Raises what the comparison would raise."""
    refuse(comparison, execution.seeds_at_once)
    with _store(project) as store:
        trainings = [_trainings(comparison, entry, store, execution) for entry in comparison.entries]
    return DryRun(comparison.to_json(), trainings, execution.workers)


def _trainings(comparison: Comparison, entry: Entry, store: Store | None, execution: Execution) -> Trainings:
    tried = [run for run in grid_runs(comparison) if comparison.entry_of(run) == entry]
    ended = _ended(tried, store)
    left = len(tried) - len(ended)
    others = len(comparison.all_seeds) - 1
    if store is not None and not left:
        # the values of the grid have been tried, so that the chosen one is known
        paired = _ended(paired_runs(comparison, entry, store)[1:], store)
        ended, others = ended | paired, others - len(paired)
    left += others
    pace = forecast(tried[0], execution) if left else None
    return Trainings(comparison.label_of(entry), ended, left, pace)


@contextmanager
def _store(project: Path) -> Iterator[Store | None]:
    """The store of a project; none is made where there is none."""
    if not (project.expanduser() / FILE).is_file():
        yield None
        return
    with Store.existing(project) as store:
        yield store


def _ended(runs: Iterable[Run], store: Store | None) -> dict[str, Outcome]:
    """The outcomes of those that are not trained again."""
    found = {} if store is None else {run.digest: store.outcome(run.digest) for run in runs}
    return {digest: outcome for digest, outcome in found.items() if outcome in ("finished", "diverged")}


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, each in value.items():
            yield from _flat(f"{prefix}.{key}" if prefix else key, each)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for i, each in enumerate(value):
            yield from _flat(f"{prefix}[{i}]", each)
    else:
        yield prefix, value
