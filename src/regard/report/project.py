"""Everything that a page shows of a project folder, read once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

from regard.core.errors import Corrupt, MissingFile
from regard.core.readable import readable
from regard.core.results import ComparisonResult, Row
from regard.report.curves import Curves, read_curves
from regard.report.examined import Examined, read_examined
from regard.report.trainings import TaskTrainings, read_groups
from regard.store import Store


@final
@dataclass(frozen=True)
class Compared:
    """A comparison with the curves of each of its mechanisms, by label, and what their tests told."""

    result: ComparisonResult
    curves: Mapping[str, Curves]
    examined: Mapping[str, Examined]


@final
@dataclass(frozen=True)
class Project:
    """A folder's comparisons, and by task the trainings that belong to none."""

    comparisons: tuple[Compared, ...]
    groups: tuple[TaskTrainings, ...]
    broken: tuple[str, ...] = ()
    """Files that could not be read, a line each."""


def read_project(folder: Path) -> Project:
    """What the folder holds. Files that are damaged are named and left out.

    Raises `MissingFile` where there is nothing to show, or `Corrupt` for a store that cannot be read, and
    where nothing else is left to show.
    """
    results, broken = _results(folder)
    try:
        store = Store.existing(folder)
    except MissingFile as error:
        raise MissingFile(f"{error} Nothing was performed there yet: `regard compare` fills it.") from error
    with store:
        comparisons = tuple(_compared(result, store) for result in results)
        groups = read_groups(store, _digests(results))
    if not comparisons and not groups:
        if broken:
            raise Corrupt(broken[0])
        message = f"{folder} holds no finished comparison and no run to show. Fill it with `regard compare`"
        raise MissingFile(f"{message} or `regard train`, naming it with `--out`.")
    found = [one.examined for one in comparisons]
    broken += [line for examined in found for each in examined.values() for line in each.broken]
    broken += [line for group in groups for line in group.broken]
    return Project(comparisons, groups, tuple(dict.fromkeys(broken)))


def _results(folder: Path) -> tuple[list[ComparisonResult], list[str]]:
    found, broken = [], []
    for path in ComparisonResult.paths_in(folder):
        try:
            found.append(ComparisonResult.read(path))
        except Corrupt as error:
            broken.append(readable(str(error)))
    return sorted(found, key=lambda one: (one.task.name, one.digest)), broken


def _compared(result: ComparisonResult, store: Store) -> Compared:
    return Compared(
        result,
        {row.label: read_curves(_shown(row), store) for row in result.rows},
        {row.label: read_examined(_shown(row), store) for row in result.ranked},
    )


def _shown(row: Row) -> list[str]:
    finished = [seed.digest for seed in row.seeds if seed.finished]
    return finished or [seed.digest for seed in row.seeds]


def _digests(results: Iterable[ComparisonResult]) -> set[str]:
    rows = [row for result in results for row in result.rows]
    seeds = {seed.digest for row in rows for seed in row.seeds}
    return seeds | {trial.digest for row in rows for trial in row.trials}
