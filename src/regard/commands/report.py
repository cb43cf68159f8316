"""What `regard report` does: look at what was compared, and write the page."""

from pathlib import Path

from regard.core.errors import Corrupt, MissingFile
from regard.core.files import writing
from regard.core.results import ComparedMaps, ComparisonResult
from regard.report import write_report


def report(folder: Path) -> Path:
    """Write the page of a project folder, with maps of all mechanisms that were compared. Returns its path.

    Maps are kept in the project: a comparison of runs that were looked at is not looked at again.
    Raises as `write_report`.
    """
    for path in ComparisonResult.paths_in(folder):
        try:
            result = ComparisonResult.read(path)
        except Corrupt:
            continue  # the page names it
        _look(result, folder)
    return write_report(folder)


def _look(result: ComparisonResult, folder: Path) -> None:
    from regard.maps.views.compared import compared_maps, shown_runs  # noqa: PLC0415 - it imports torch

    path = ComparedMaps.path_in(folder, result.digest)
    if _known(path) != shown_runs(result):
        with writing(path.parent):
            path.parent.mkdir(exist_ok=True)
        compared_maps(result, folder).write(path)


def _known(path: Path) -> tuple[tuple[str, str], ...]:
    """Of which runs maps are kept."""
    try:
        return ComparedMaps.read(path).runs
    except (MissingFile, Corrupt):
        return ()
