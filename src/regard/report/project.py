"""Everything that a page shows of a project folder, read once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, final

from regard.core.errors import Corrupt, MissingFile
from regard.core.readable import readable
from regard.core.results import BenchmarkResult, ComparedMaps, ComparisonResult, OptimizersResult, Result, Row
from regard.report.curves import Curves, read_curves
from regard.report.examined import Examined, read_examined
from regard.report.trainings import TaskTrainings, read_groups
from regard.store import Store

R = TypeVar("R", bound=Result)


@final
@dataclass(frozen=True)
class Compared:
    """A comparison with the curves of each of its mechanisms, by label, and what their tests told."""

    result: ComparisonResult
    curves: Mapping[str, Curves]
    examined: Mapping[str, Examined]
    maps: ComparedMaps | None = None


@final
@dataclass(frozen=True)
class Project:
    """A folder's comparisons, its benchmarks, and by task the trainings that belong to no comparison."""

    comparisons: tuple[Compared, ...]
    groups: tuple[TaskTrainings, ...]
    benchmarks: tuple[BenchmarkResult, ...] = ()
    studies: tuple[OptimizersResult, ...] = ()
    broken: tuple[str, ...] = ()
    """Files that could not be read, a line each."""


def read_project(folder: Path) -> Project:
    """What the folder holds. Files that are damaged are named and left out.

    Raises `MissingFile` where there is nothing to show, or `Corrupt` for a store that cannot be read, and
    where nothing else is left to show.
    """
    results, broken = _read(ComparisonResult, folder)
    benchmarks, broken_too = _read(BenchmarkResult, folder)
    studies, broken_studies = _read(OptimizersResult, folder)
    broken += [*broken_too, *broken_studies]
    results.sort(key=lambda one: (one.task.name, one.digest))
    studies.sort(key=lambda one: (one.task.name, one.digest))
    benchmarks.sort(key=lambda one: (one.machine, one.digest))
    try:
        store = Store.existing(folder)
    except MissingFile as error:
        raise MissingFile(f"{error} Nothing was performed there yet: `regard compare` fills it.") from error
    with store:
        maps, broken_maps = _read(ComparedMaps, folder)
        broken += broken_maps
        looked_at = {each.digest: each for each in maps}
        comparisons = tuple(_compared(result, store, looked_at.get(result.digest)) for result in results)
        groups = read_groups(store, _digests(results) | _studied(studies))
    if not comparisons and not groups and not benchmarks and not studies:
        if broken:
            raise Corrupt(broken[0])
        message = f"{folder} holds no finished comparison and no run to show. Fill it with `regard compare`"
        raise MissingFile(f"{message} or `regard train`, naming it with `--out`.")
    found = [one.examined for one in comparisons]
    broken += [line for examined in found for each in examined.values() for line in each.broken]
    broken += [line for group in groups for line in group.broken]
    return Project(comparisons, groups, tuple(benchmarks), tuple(studies), tuple(dict.fromkeys(broken)))


def _read(kind: type[R], folder: Path) -> tuple[list[R], list[str]]:
    """All results of a kind, and what is wrong with those that are damaged."""
    found, broken = [], []
    for path in kind.paths_in(folder):
        try:
            found.append(kind.read(path))
        except Corrupt as error:
            broken.append(readable(str(error)))
    return found, broken


def _compared(result: ComparisonResult, store: Store, maps: ComparedMaps | None) -> Compared:
    return Compared(
        result,
        {row.label: read_curves(_shown(row), store) for row in result.rows},
        {row.label: read_examined(_shown(row), store) for row in result.ranked},
        maps,
    )


def _shown(row: Row) -> list[str]:
    finished = [seed.digest for seed in row.seeds if seed.finished]
    return finished or [seed.digest for seed in row.seeds]


def _studied(studies: Iterable[OptimizersResult]) -> set[str]:
    rows = [row for study in studies for row in study.rows]
    courses = {course.digest for row in rows for course in row.courses}
    return courses | {trial.digest for row in rows for trial in row.trials}


def _digests(results: Iterable[ComparisonResult]) -> set[str]:
    rows = [row for result in results for row in result.rows]
    seeds = {seed.digest for row in rows for seed in row.seeds}
    return seeds | {trial.digest for row in rows for trial in row.trials}
