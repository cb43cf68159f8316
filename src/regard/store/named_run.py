"""The folder of a run, from what a person types."""

from pathlib import Path

from regard.core.errors import InvalidOption
from regard.core.run_files import RUN
from regard.store.store import FILE, Store


def named_run(path: Path) -> Path:
    """The run's folder, from its path or from a project and the beginning of a digest.

    Raises `MissingFile`, `UnknownName`, and `InvalidOption` for a project with several runs.
    """
    path = path.expanduser()
    if (path / RUN).is_file():
        return path
    store, digest = Store.resolve(path)
    with store:
        if digest is None:
            known = [each.digest for each in store.runs()]
            if len(known) == 1:
                return store.folder_of(known[0])
            hint = f"Give one of its {len(known)} runs: {path / known[0]}" if known else "It has no runs yet"
            raise InvalidOption(f"{path} is a project, not a run. {hint}.")
        return store.folder_of(digest)


def project_of(run: Path) -> Path:
    """The project in which a run's folder lies; the folder itself where it lies in none."""
    project = run.resolve().parent.parent
    return project if (project / FILE).is_file() else run
