"""What the store says when the disk or the file is not as it should be: one line, and nothing is lost."""

import resource
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from regard.core.errors import Corrupt, RegardError, Unwritable
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.store import Store, database


def one_line(error: pytest.ExceptionInfo[RegardError], *words: str) -> bool:
    message = str(error.value)
    return "\n" not in message and len(message) < 500 and all(word in message for word in words)


def fill(store: Store, run: Run) -> int:
    """Append until it fails; how many measurements the store had acknowledged."""
    for step in range(100_000):
        store.append(run.digest, [Measurement(step, f"{'long ' * 20}name", 1.0)])
    return step


def what_was_kept_before_it_was_full(folder: Path, run: Run, make_room: Callable[[], None]) -> None:
    store = Store(folder)
    store.add(run)
    with pytest.raises(Unwritable) as error:
        fill(store, run)
    assert one_line(error, "store.sqlite cannot be written", "Free some space", "safe")
    kept = store.measurements(run.digest)
    assert len(kept) > 10 and [m.step for m in kept] == list(range(len(kept)))
    with pytest.raises(Unwritable):
        store.record(run.digest, "failed", "x" * 10_000)
    make_room()
    store.record(run.digest, "failed")
    store.close()
    with Store(folder) as again:
        assert again.measurements(run.digest) == kept
        assert again.outcome(run.digest) == "failed"


def test_a_full_disk_loses_nothing(disk: tuple[Path, Callable[[str], None]], run: Run) -> None:
    folder, remount = disk
    what_was_kept_before_it_was_full(folder / "project", run, lambda: remount("size=8m"))


def test_a_file_that_may_grow_no_further_loses_nothing(tmp_path: Path, run: Run) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        what_was_kept_before_it_was_full(
            tmp_path, run, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_no_store_is_made_on_a_disk_that_is_full_from_the_start(disk, run: Run) -> None:
    folder, remount = disk
    with pytest.raises(OSError, match="No space"):
        (folder / "ballast").write_bytes(b"x" * 2**20)
    with pytest.raises(Unwritable) as error:
        Store(folder)
    assert one_line(error, "cannot be written")
    remount("size=8m")
    with Store(folder) as store:
        store.add(run)


def test_a_store_in_a_read_only_folder_can_be_read_but_not_written(
    store: Store, run: Run, seal: Callable[[Path], None]
) -> None:
    store.append(run.digest, [Measurement(1, "train/loss", 1.0)])
    store.close()
    seal(store.folder)
    with Store.existing(store.folder) as sealed:
        assert sealed.runs() == [run]
        assert sealed.measurements(run.digest) == [Measurement(1, "train/loss", 1.0)]
        with pytest.raises(Unwritable) as error:
            sealed.record(run.digest, "started")
    assert one_line(error, "allow writing", "another project folder")


def test_a_read_only_folder_gets_no_store(tmp_path: Path, seal: Callable[[Path], None]) -> None:
    (tmp_path / "sealed").mkdir()
    seal(tmp_path / "sealed")
    for folder in (tmp_path / "sealed", tmp_path / "sealed" / "deeper"):
        with pytest.raises(Unwritable) as error:
            Store(folder)
        assert one_line(error, "sealed")


def test_a_file_where_the_folder_should_be_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    for folder in (tmp_path / "notes", tmp_path / "notes" / "deeper"):
        with pytest.raises(Unwritable) as error:
            Store(folder)
        assert one_line(error, "notes", "Choose another one")
    assert (tmp_path / "notes").read_text() == "mine"


def edited(folder: Path, statement: str) -> None:
    connection = sqlite3.connect(folder / "store.sqlite")
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize("version", [0, 1, 99])
def test_a_store_of_another_version_is_refused(store: Store, version: int) -> None:
    store.close()
    edited(store.folder, f"PRAGMA user_version = {version}")
    before = (store.folder / "store.sqlite").read_bytes()
    with pytest.raises(Corrupt) as error:
        Store.existing(store.folder)
    assert one_line(
        error, f"version {version} of the store", "knows version 2", "Use the regard that wrote it"
    )
    assert (store.folder / "store.sqlite").read_bytes() == before


def test_another_programs_database_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    edited(tmp_path, "CREATE TABLE theirs (x)")
    before = (tmp_path / "store.sqlite").read_bytes()
    with pytest.raises(Corrupt) as error:
        Store(tmp_path)
    assert one_line(error, "another program")
    assert (tmp_path / "store.sqlite").read_bytes() == before


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_text("digest,step,value\n" * 100)
    with pytest.raises(Corrupt) as error:
        Store(tmp_path)
    assert one_line(error, "not a database", "Restore a copy")


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.99])
def test_a_truncated_store_is_refused(store: Store, run: Run, share: float) -> None:
    store.append(run.digest, [Measurement(step, "train/loss", 1.0) for step in range(5000)])
    store.close()
    file = store.folder / "store.sqlite"
    file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
    with pytest.raises(Corrupt) as error, Store(store.folder) as truncated:
        truncated.measurements(run.digest)
    assert one_line(error, "Restore a copy")


def test_pages_of_nonsense_are_refused(store: Store, run: Run) -> None:
    store.append(run.digest, [Measurement(step, "train/loss", 1.0) for step in range(5000)])
    store.close()
    file = store.folder / "store.sqlite"
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(Corrupt) as error, Store(store.folder) as damaged:
        damaged.measurements(run.digest)
    assert one_line(error, "Restore a copy")


def test_a_lock_that_is_never_given_back_is_reported(store: Store, run: Run, monkeypatch) -> None:
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 0.1)
    holder = sqlite3.connect(store.folder / "store.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with Store(store.folder) as impatient:
        assert impatient.runs() == [run]  # reading goes on beside a writer
        with pytest.raises(Unwritable) as error:
            impatient.record(run.digest, "started")
    assert one_line(error, "locked by another process", "same command again")
    holder.close()
    store.record(run.digest, "started")
