"""What using a trained model needs beside its weights, kept in the run's folder: its data may be gone.

The file `interface.json` holds the digest of the run, the shape of the model, and what the task found in its
data (`Task.findings`), such as names of classes, a vocabulary, or the levels by which images are prepared.
"""

import json
from pathlib import Path
from typing import Any

from regard.core import files
from regard.core.errors import Corrupt
from regard.core.run import Run
from regard.core.run_files import INTERFACE
from regard.core.shapes import Shape
from regard.data.task import Task

REMEDY = "Remove it: the data of the run are then needed."
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError)
"""What is raised for a file that holds something else."""


def write(folder: Path, run: Run, task: Task) -> None:
    """Keep what a task knows. Raises `Unwritable`."""
    known = {"run": run.digest, "shape": task.shape.to_json(), "findings": task.findings()}
    files.write(folder / INTERFACE, json.dumps(known, indent=1).encode())


def shape_in(folder: Path, run: Run) -> Shape | None:
    """The shape of the run's model; None where nothing was kept. Raises `Corrupt`."""
    known = _read(folder, run)
    if known is None:
        return None
    try:
        return Shape.from_json(known["shape"])
    except UNREADABLE as error:
        raise _corrupt(folder, error) from error


def restore(folder: Path, run: Run, task: Task) -> None:
    """Give the run's task what was kept, if anything was. Raises `Corrupt`."""
    known, shape = _read(folder, run), shape_in(folder, run)
    if known is None or shape is None:
        return
    task.shape = shape
    try:
        task.restore(known["findings"])
    except UNREADABLE as error:
        raise _corrupt(folder, error) from error


def _read(folder: Path, run: Run) -> dict[str, Any] | None:
    """What was kept of this run."""
    path = folder / INTERFACE
    try:
        known: Any = json.loads(path.read_text("utf-8"))
        owner = known["run"]
    except FileNotFoundError:
        return None
    except UNREADABLE as error:
        raise _corrupt(folder, error) from error
    if owner != run.digest:
        raise Corrupt(f"{path} belongs to the run {owner}, not to {run.digest}. {REMEDY}")
    return dict(known)


def _corrupt(folder: Path, error: Exception) -> Corrupt:
    reason = " ".join(str(error).split()) or type(error).__name__
    return Corrupt(f"{folder / INTERFACE} cannot be read: {reason}. {REMEDY}")
