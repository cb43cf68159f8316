"""The one place where results are kept."""

import json
import math
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, final

from regard.core.errors import InvalidOption, MissingFile, UnknownName, Unwritable, nearest
from regard.core.measurement import Measurement
from regard.core.outcome import Outcome
from regard.core.run import Run
from regard.store import rows
from regard.store.database import Database
from regard.store.event import Event, EventKind

T = TypeVar("T")

FILE = "store.sqlite"
FACTS = "task.json"
"""In a run's folder: what a reader of its scores must know of the task."""


def run_folder(project: Path, digest: str) -> Path:
    """Where a run of a project keeps its weights and its log. It need not exist yet."""
    return project / "runs" / digest


@final
class Store:
    """A project folder: `store.sqlite`, and one folder per run under `runs`.

    Any number of threads and processes may use one folder at once. Everything written is kept as
    soon as the call returns, whatever happens to the process afterwards. Nothing is ever changed or
    removed. Every method may raise `Unwritable` (a full disk, say) or `Corrupt`.
    """

    def __init__(self, folder: Path | str) -> None:
        """The store in `folder`, both created if they are missing; where nothing may be written, to be read.

        Raises `Unwritable`, or `Corrupt` for a file that is not a store or is of another version.
        """
        if not isinstance(folder, str | os.PathLike):
            raise InvalidOption(f"A project folder is a path, not {folder!r:.60}.")
        self.folder = Path(folder).expanduser()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"The project folder {folder} cannot be made ({error.strerror}). Choose another one."
            raise Unwritable(message) from error
        self._database = Database.open(self.folder / FILE)

    @classmethod
    def existing(cls, folder: Path | str) -> Self:
        """The store in a folder that has one. Raises `MissingFile` where there is none."""
        folder = Path(folder).expanduser()
        if not (folder / FILE).is_file():
            message = (
                f"{folder} holds no {FILE}, so it is no project folder. "
                f"Give the folder that `--out` named when the runs were performed."
            )
            raise MissingFile(message)
        return cls(folder)

    @classmethod
    def resolve(cls, path: Path | str) -> tuple[Self, str | None]:
        """The store of a project folder, or of a run in it together with the run's digest.

        A run is `FOLDER/runs/DIGEST` or `FOLDER/DIGEST`; the first digits of the digest suffice.
        Raises `MissingFile` or `UnknownName`.
        """
        path = Path(path).expanduser()
        if (path / FILE).is_file():
            return cls.existing(path), None
        for folder in (path.parent, path.parent.parent):
            if (folder / FILE).is_file() and path.name != "runs":
                store = cls.existing(folder)
                return store, store.digest(path.name)
        return cls.existing(path), None

    def close(self) -> None:
        """Let go of the file. A store that nobody refers to any more closes itself."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def folder_of(self, digest: str) -> Path:
        """Where a run keeps its weights and its log. It need not exist yet."""
        return run_folder(self.folder, digest)

    def add(self, run: Run) -> None:
        """Make a run known. Adding it again changes nothing."""
        statement = "INSERT INTO runs VALUES (?, ?) ON CONFLICT DO NOTHING"
        self._database.insert(statement, [(run.digest, json.dumps(run.to_json()))])

    def append(self, digest: str, measurements: Iterable[Measurement]) -> None:
        """Keep measurements of a run. One whose name and step are known already changes nothing."""
        statement = """INSERT INTO measurements (digest, name, step, value) VALUES (?, ?, ?, ?)
                       ON CONFLICT (digest, name, step) DO NOTHING"""
        self._database.insert(statement, [(digest, m.name, m.step, m.value) for m in measurements])

    def record(self, digest: str, kind: EventKind, detail: str = "") -> None:
        """Keep what happened to a run just now."""
        statement = "INSERT INTO events (digest, time, kind, detail) VALUES (?, ?, ?, ?)"
        time = datetime.now(UTC).isoformat(timespec="microseconds")
        self._database.insert(statement, [(digest, time, kind, detail)])

    def runs(self) -> list[Run]:
        """Every run, in the order in which they were added."""
        found = self._database.rows("SELECT description FROM runs ORDER BY rowid")
        return [self._read("runs", rows.run_of, *row) for row in found]

    def run(self, digest: str) -> Run:
        """The run with a digest, of which the first digits suffice. Raises `UnknownName`."""
        query = "SELECT description FROM runs WHERE digest = ?"
        (row,) = self._database.rows(query, self.digest(digest))
        return self._read("runs", rows.run_of, *row)

    def digest(self, beginning: str) -> str:
        """The one digest with this beginning. Raises `UnknownName` if there is none, or more than one."""
        found = self._database.rows("SELECT digest FROM runs ORDER BY rowid")
        known = [self._read("runs", rows.digest_of, *row) for row in found]
        fitting = [digest for digest in known if digest.startswith(beginning)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            shown = ", ".join(fitting[:3]) + (", ..." if len(fitting) > 3 else "")
            message = (
                f"{len(fitting)} runs in {self.folder} begin with '{beginning}': {shown}. Give more digits."
            )
            raise UnknownName(message)
        hint = nearest(beginning, known) if len(known) < 10 else f"It holds {len(known)} runs."
        raise UnknownName(f"There is no run '{beginning}' in {self.folder}. {hint}")

    def events(self, digest: str) -> list[Event]:
        """What happened to a run, in order."""
        query = "SELECT time, kind, detail FROM events WHERE digest = ? ORDER BY number"
        found = self._database.rows(query, digest)
        return [self._read("events", rows.event_of, *row) for row in found]

    def outcome(self, digest: str) -> Outcome | None:
        """How a run ended; None before its start, while it is performed, and when it was interrupted."""
        kinds = [event.kind for event in self.events(digest) if event.kind != "tested"]
        # a run that is stopped at the very moment at which it ends has ended
        for final_kind in ("finished", "diverged"):
            if final_kind in kinds:
                return final_kind
        return "failed" if kinds[-1:] == ["failed"] else None

    def versions(self, digest: str) -> dict[str, Any]:
        """The versions and the machine with which a run was last performed, and the `content` of its data if
        they come from outside; empty if it never was."""
        started = [event.detail for event in self.events(digest) if event.kind == "started"]
        return self._read("events", rows.versions_of, started[-1]) if started else {}

    def measurements(self, digest: str, name: str | None = None) -> list[Measurement]:
        """What a run measured, all of it or one curve, by step and name."""
        query = "SELECT step, name, value FROM measurements WHERE digest = ?"
        if name is None:
            return self._measurements(self._database.rows(f"{query} ORDER BY step, name", digest))
        return self._measurements(self._database.rows(f"{query} AND name = ? ORDER BY step", digest, name))

    def last(self, digest: str, name: str) -> Measurement | None:
        """The latest point of a curve."""
        query = """SELECT step, name, value FROM measurements
                   WHERE digest = ? AND name = ? ORDER BY step DESC LIMIT 1"""
        return next(iter(self._measurements(self._database.rows(query, digest, name))), None)

    def best(self, digest: str) -> Measurement | None:
        """The validation score of the weights in `best.safetensors`: the highest, with the lowest loss."""
        losses = {m.step: m.value for m in self.measurements(digest, "validation/loss")}
        scores = self.measurements(digest, "validation/score")
        ranked = [(m.value, -losses.get(m.step, math.inf), -m.step, m) for m in scores]
        known = [rank for rank in ranked if not (math.isnan(rank[0]) or math.isnan(rank[1]))]
        return max(known)[-1] if known else None

    def test(self, digest: str) -> Measurement | None:
        """The score on the test split, if it has been read."""
        return self.last(digest, "test/score")

    def details(self, digest: str) -> dict[str, float]:
        """Figures of the test split, and of the sets beyond it, but loss and score: `length 64/score`."""
        found = {
            m.name.removeprefix("test/"): m.value
            for m in self.measurements(digest)
            if m.name.startswith("test/")
        }
        return {name: value for name, value in found.items() if name not in ("loss", "score")}

    def _measurements(self, found: list[Any]) -> list[Measurement]:
        return [self._read("measurements", rows.measurement_of, *row) for row in found]

    def _read(self, table: str, meaning: Callable[..., T], *cells: Any) -> T:
        return rows.read(f"A row of the table {table} in {self.folder / FILE}", meaning, *cells)
