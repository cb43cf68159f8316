"""Everything that a page shows of a project folder, read once."""

import dataclasses
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from regard.core.errors import MissingFile
from regard.core.run import Run
from regard.report.bands import Band, band
from regard.report.document import Comparison, Row
from regard.report.examined import Examined, read_examined
from regard.report.flatten import flat
from regard.report.reading import read_comparison, readable
from regard.store import Store


@dataclass(frozen=True)
class Curves:
    """How training went, over the seeds that finished; over all of them where none did."""

    train_loss: Band = field(default_factory=Band)
    validation_loss: Band = field(default_factory=Band)
    score: Band = field(default_factory=Band)


@dataclass(frozen=True)
class Compared:
    """A comparison with the curves of each of its mechanisms, by label, and what their tests told."""

    document: Comparison
    curves: Mapping[str, Curves]
    examined: Mapping[str, Examined]


@dataclass(frozen=True)
class Training:
    """One run that belongs to no comparison."""

    run: Run
    outcome: str | None
    best: float | None
    test: float | None


@dataclass(frozen=True)
class Single:
    """Trainings that differ in their seed alone."""

    label: str
    mechanism: str
    trainings: tuple[Training, ...]
    curves: Curves
    examined: Examined


@dataclass(frozen=True)
class Project:
    """A folder's comparisons, and by task the trainings that belong to none."""

    comparisons: tuple[Compared, ...]
    singles: Mapping[str, tuple[Single, ...]]


def read_project(folder: Path) -> Project:
    """What the folder holds. Raises `MissingFile` where there is nothing to show, or `Corrupt`."""
    paths = sorted((folder / "comparisons").glob("[!.]*.json"))
    documents = sorted((read_comparison(path) for path in paths), key=lambda one: (one.task.name, one.digest))
    try:
        store = Store.existing(folder)
    except MissingFile as error:
        raise MissingFile(f"{error} Nothing was performed there yet: `regard compare` fills it.") from error
    with store:
        project = Project(
            comparisons=tuple(_compared(document, store) for document in documents),
            singles=_singles(store, _digests(documents)),
        )
    if not project.comparisons and not project.singles:
        message = f"{folder} holds no finished comparison and no run to show. Fill it with `regard compare`"
        raise MissingFile(f"{message} or `regard train`, naming it with `--out`.")
    return project


def _compared(document: Comparison, store: Store) -> Compared:
    return Compared(
        document,
        {row.label: _curves(_shown(row), store) for row in document.rows},
        {row.label: read_examined(_shown(row), store) for row in document.ranked},
    )


def _shown(row: Row) -> list[str]:
    finished = [seed.digest for seed in row.seeds if seed.finished]
    return finished or [seed.digest for seed in row.seeds]


def _curves(digests: Iterable[str], store: Store) -> Curves:
    def over_seeds(name: str) -> Band:
        return band(store.measurements(digest, name) for digest in digests)

    digests = list(digests)
    return Curves(over_seeds("train/loss"), over_seeds("validation/loss"), over_seeds("validation/score"))


def _digests(documents: Iterable[Comparison]) -> set[str]:
    rows = [row for document in documents for row in document.rows]
    seeds = {seed.digest for row in rows for seed in row.seeds}
    return seeds | {trial.digest for row in rows for trial in row.rates}


def _singles(store: Store, known: set[str]) -> dict[str, tuple[Single, ...]]:
    groups: dict[str, list[Run]] = defaultdict(list)
    for run in store.runs():
        if run.digest not in known:
            alike = dataclasses.replace(run, seed=0).to_json()
            groups[json.dumps(alike, sort_keys=True)].append(run)
    by_task: dict[str, list[list[Run]]] = defaultdict(list)
    for _, runs in sorted(groups.items()):
        by_task[readable(str(runs[0].task))].append(sorted(runs, key=lambda run: run.seed))
    return {task: _labeled(found, store) for task, found in sorted(by_task.items())}


def _labeled(groups: list[list[Run]], store: Store) -> tuple[Single, ...]:
    """Singles named after their mechanism and whatever else tells those of one mechanism apart."""
    settings = [dict(flat(runs[0].to_json())) for runs in groups]
    singles = []
    for runs, own in zip(groups, settings, strict=True):
        rivals = [other for other in settings if other["mechanisms"] == own["mechanisms"]]
        telling = [
            key for key in own if key != "seed" and any(other.get(key) != own[key] for other in rivals)
        ]
        said = ", ".join(f"{key.rpartition('.')[2]}={own[key]}" for key in telling)
        singles.append(
            _single(readable(f"{runs[0].mechanism} · {said}" if said else runs[0].mechanism), runs, store)
        )
    return tuple(sorted(singles, key=lambda single: single.label))


def _single(label: str, runs: list[Run], store: Store) -> Single:
    trainings = tuple(_training(run, store) for run in runs)
    finished = [one.run.digest for one in trainings if one.outcome == "finished"]
    curves = _curves(finished or [run.digest for run in runs], store)
    examined = read_examined([run.digest for run in runs], store)
    return Single(label, readable(runs[0].mechanism), trainings, curves, examined)


def _training(run: Run, store: Store) -> Training:
    best, test = store.best(run.digest), store.test(run.digest)
    outcome = store.outcome(run.digest)
    return Training(run, outcome, best.value if best else None, test.value if test else None)
