"""Everything that a page shows of a project folder, read once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from regard.core.errors import Corrupt, MissingFile
from regard.report.curves import Curves, read_curves
from regard.report.document import Comparison, Row
from regard.report.examined import Examined, read_examined
from regard.report.groups import Group, read_groups
from regard.report.reading import read_comparison, readable
from regard.store import Store


@dataclass(frozen=True)
class Compared:
    """A comparison with the curves of each of its mechanisms, by label, and what their tests told."""

    document: Comparison
    curves: Mapping[str, Curves]
    examined: Mapping[str, Examined]


@dataclass(frozen=True)
class Project:
    """A folder's comparisons, and by task the trainings that belong to none."""

    comparisons: tuple[Compared, ...]
    groups: tuple[Group, ...]
    broken: tuple[str, ...] = ()
    """Files that could not be read, a line each."""


def read_project(folder: Path) -> Project:
    """What the folder holds. Files that are damaged are named and left out.

    Raises `MissingFile` where there is nothing to show, or `Corrupt` for a store that cannot be read, and
    where nothing else is left to show.
    """
    documents, broken = _documents(folder)
    try:
        store = Store.existing(folder)
    except MissingFile as error:
        raise MissingFile(f"{error} Nothing was performed there yet: `regard compare` fills it.") from error
    with store:
        comparisons = tuple(_compared(document, store) for document in documents)
        groups = read_groups(store, _digests(documents))
    if not comparisons and not groups:
        if broken:
            raise Corrupt(broken[0])
        message = f"{folder} holds no finished comparison and no run to show. Fill it with `regard compare`"
        raise MissingFile(f"{message} or `regard train`, naming it with `--out`.")
    found = [one.examined for one in comparisons]
    broken += [line for examined in found for each in examined.values() for line in each.broken]
    broken += [line for group in groups for line in group.broken]
    return Project(comparisons, groups, tuple(dict.fromkeys(broken)))


def _documents(folder: Path) -> tuple[list[Comparison], list[str]]:
    found, broken = [], []
    for path in sorted((folder / "comparisons").glob("[!.]*.json")):
        try:
            found.append(read_comparison(path))
        except Corrupt as error:
            broken.append(readable(str(error)))
    return sorted(found, key=lambda one: (one.task.name, one.digest)), broken


def _compared(document: Comparison, store: Store) -> Compared:
    return Compared(
        document,
        {row.label: read_curves(_shown(row), store) for row in document.rows},
        {row.label: read_examined(_shown(row), store) for row in document.ranked},
    )


def _shown(row: Row) -> list[str]:
    finished = [seed.digest for seed in row.seeds if seed.finished]
    return finished or [seed.digest for seed in row.seeds]


def _digests(documents: Iterable[Comparison]) -> set[str]:
    rows = [row for document in documents for row in document.rows]
    seeds = {seed.digest for row in rows for seed in row.seeds}
    return seeds | {trial.digest for row in rows for trial in row.rates}
