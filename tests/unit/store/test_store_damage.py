"""Whatever somebody does to the tables, the store says it in one line."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from regard.core.errors import Corrupt, RegardError
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.store import Store

READINGS: dict[str, Callable[[Store, str], object]] = {
    "runs": lambda store, digest: store.runs(),
    "run": lambda store, digest: store.run(digest),
    "events": lambda store, digest: store.events(digest),
    "outcome": lambda store, digest: store.outcome(digest),
    "versions": lambda store, digest: store.versions(digest),
    "measurements": lambda store, digest: store.measurements(digest),
    "best": lambda store, digest: store.best(digest),
    "test": lambda store, digest: store.test(digest),
    "details": lambda store, digest: store.details(digest),
}

DAMAGES = {
    "half a description": "UPDATE runs SET description = '{'",
    "a list for a description": "UPDATE runs SET description = '[1]'",
    "a number for a description": "UPDATE runs SET description = 5",
    "bytes for a description": "UPDATE runs SET description = x'ff00fe'",
    "a description that is no text": "UPDATE runs SET description = CAST(x'ff00fe' AS TEXT)",
    "a description without its parts": """UPDATE runs SET description = '{"format": 2}'""",
    "a part of the wrong type": """UPDATE runs SET description = '{"format": 2, "task": 3}'""",
    "a word for a seed": """UPDATE runs SET description = replace(description, '"seed": 0', '"seed": "x"')""",
    "bytes for a digest": "UPDATE runs SET digest = x'ff'",
    "a time that is none": "UPDATE events SET time = 'yesterday'",
    "a number for a time": "UPDATE events SET time = 5",
    "an unknown kind": "UPDATE events SET kind = 'x'",
    "half of the versions": "UPDATE events SET detail = '{' WHERE kind = 'started'",
    "a list of versions": "UPDATE events SET detail = '[]' WHERE kind = 'started'",
    "versions that are no text": "UPDATE events SET detail = CAST(x'ff' AS TEXT)",
    "a word for a value": "UPDATE measurements SET value = 'abc'",
    "bytes for a value": "UPDATE measurements SET value = x'ff'",
    "a word for a step": "UPDATE measurements SET step = 'abc' WHERE name = 'test/score'",
    "bytes for a name": "UPDATE measurements SET name = x'ff' WHERE name = 'test/score'",
    "no table of runs": "DROP TABLE runs",
    "no table of events": "DROP TABLE events",
    "no table of measurements": "DROP TABLE measurements",
    "other columns": "DROP TABLE measurements; CREATE TABLE measurements (a)",
    "another program": "PRAGMA application_id = 0",
    "another version": "PRAGMA user_version = 99",
}


def filled(folder: Path, run: Run) -> Path:
    """A store with a row of every kind. Returns its file."""
    with Store(folder) as store:
        store.add(run)
        store.record(run.digest, "started", '{"torch": "2"}')
        names = ("validation/score", "validation/loss", "test/score", "test/loss")
        store.append(run.digest, [Measurement(1, name, 0.5) for name in names])
        store.record(run.digest, "finished")
    return folder / "store.sqlite"


def complaints(folder: Path, run: Run) -> list[str]:
    """What the store says of all that can be read. Anything but a `Corrupt` in one line fails the test."""
    found = []
    try:
        store = Store(folder)
    except Corrupt as error:
        return [str(error)]
    with store:
        for reading in READINGS.values():
            try:
                reading(store, run.digest)
            except RegardError as error:
                found.append(str(error))
    return found


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_rows_and_tables_are_one_line(tmp_path: Path, run: Run, damage: str) -> None:
    path = filled(tmp_path / "project", run)
    with sqlite3.connect(path) as connection:
        connection.executescript(f"PRAGMA ignore_check_constraints = 1; {DAMAGES[damage]}")
    connection.close()
    found = complaints(tmp_path / "project", run)
    assert found
    assert all("\n" not in line and len(line) < 500 and "store.sqlite" in line for line in found)


def test_what_is_not_damaged_can_be_read(tmp_path: Path, run: Run) -> None:
    filled(tmp_path / "project", run)
    assert complaints(tmp_path / "project", run) == []


@pytest.mark.parametrize(
    "damaged",
    [
        lambda content: content[:5000],
        lambda content: b"x" * len(content),
        lambda content: content[:4096] + b"\xff" * 4096 + content[8192:],
        lambda content: content[::-1],
    ],
)
def test_a_damaged_file_is_one_line(tmp_path: Path, run: Run, damaged: Callable[[bytes], bytes]) -> None:
    path = filled(tmp_path / "project", run)
    path.write_bytes(damaged(path.read_bytes()))
    found = complaints(tmp_path / "project", run)
    assert found and all("\n" not in line and "Restore a copy" in line for line in found)


def test_a_folder_in_the_place_of_the_file_is_one_line(tmp_path: Path, run: Run) -> None:
    path = filled(tmp_path / "project", run)
    path.unlink()
    path.mkdir()
    with pytest.raises(RegardError, match=r"store\.sqlite cannot be") as error:
        Store(tmp_path / "project")
    assert "\n" not in str(error.value)
