"""The folder of one run: its description, its checkpoints and its log."""

import json
import time
from pathlib import Path
from typing import Self, final

from regard.core import files
from regard.core.errors import Corrupt, InvalidOption, MissingFile, RegardError
from regard.core.run import Run
from regard.core.run_files import LAST, LOG, NEXT, RUN
from regard.data.task import Task
from regard.training.checkpoints import checkpoint, interface
from regard.training.checkpoints.checkpoint import Checkpoint
from regard.training.checkpoints.log import Log

WRITING_SHARE = 0.05
"""Of the time, at most, goes into `last`: a kill costs about 20 times as long as one writing takes."""


@final
class RunFolder:
    """The folder in which one run keeps its description, checkpoints and log."""

    def __init__(self, path: Path, run: Run) -> None:
        self.path = path
        self.run = run
        self.log = Log(path / LOG)
        self.free_at = -float("inf")
        """The time from which on `last` may be written again."""

    @classmethod
    def open(cls, path: Path, run: Run) -> Self:
        """The folder, made if it is not there. Raises `InvalidOption` if it belongs to another run."""
        with files.writing(path):
            path.mkdir(parents=True, exist_ok=True)
            files.sweep(path)
        if not (path / RUN).exists():
            files.write(path / RUN, json.dumps(run.to_json(), indent=2).encode())
        found = read_run(path)
        if found.digest != run.digest:
            message = (
                f"{path} holds another run: {found.digest} ({found.mechanism} on {found.task}), not "
                f"{run.digest} ({run.mechanism} on {run.task}). Choose another folder."
            )
            raise InvalidOption(message)
        return cls(path, run)

    def last(self) -> Checkpoint | None:
        """Where the run was left, or None if it starts here. Raises `Corrupt`."""
        path = self.path / LAST
        return checkpoint.read(path, self.run.digest) if path.exists() else None

    def keep_interface(self, task: Task) -> None:
        """Write what using the model needs beside its weights."""
        interface.write(self.path, self.run, task)

    def keep(self, name: str, kept: Checkpoint) -> None:
        """Write a checkpoint of some name."""
        checkpoint.write(self.path / name, kept)

    def keep_last(self, kept: Checkpoint) -> None:
        """Write the checkpoint from which the run goes on."""
        start = time.monotonic()
        self.keep(LAST, kept)
        self.rest(time.monotonic() - start)

    def following(self) -> Checkpoint | None:
        """What `keep_next` has written and no `take_next` has put in its place. Raises `Corrupt`."""
        path = self.path / NEXT
        return checkpoint.read(path, self.run.digest) if path.exists() else None

    def keep_next(self, kept: Checkpoint) -> None:
        """Write the checkpoint that is to replace the last one."""
        self.keep(NEXT, kept)

    def take_next(self) -> None:
        """Put what `keep_next` has written in the place of the last one."""
        files.move(self.path / NEXT, self.path / LAST)

    def rest(self, seconds: float) -> None:
        """Let a writing that took so long be the last for a while."""
        self.free_at = time.monotonic() + seconds / WRITING_SHARE

    @property
    def has_time(self) -> bool:
        """Whether writing `last` now keeps to its share of the time."""
        return time.monotonic() >= self.free_at


def read_run(folder: Path) -> Run:
    """The run to which a folder belongs. Raises `MissingFile` or `Corrupt`."""
    path = folder / RUN
    try:
        return Run.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError) as error:
        message = (
            f"{folder} is not the folder of a run: it has no {RUN}. Give one that `regard train` has made."
        )
        raise MissingFile(message) from error
    except InvalidOption as error:
        raise Corrupt(f"{path} cannot be read. {error}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, RegardError) as error:
        message = f"{path} cannot be read: {type(error).__name__}: {error}. {checkpoint.REMEDY}"
        raise Corrupt(message) from error
