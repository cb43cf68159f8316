import errno
import importlib
import json
import multiprocessing
import threading
import time
import warnings

import numpy as np
import pytest
import torch
from filelock import FileLock

from regard.core.errors import Unwritable
from regard.data.sources import cache_folder, cached
from regard.data.sources.checksum import sha256
from regard.data.sources.writer import Growing

CONTENT = importlib.import_module("regard.data.sources.content")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Maker:
    """Writes two arrays, and counts how often."""

    def __init__(self, pause=0.0):
        self.calls = 0
        self.pause = pause

    def __call__(self, writer):
        self.calls += 1
        time.sleep(self.pause)
        with writer.growing("numbers", np.int32, (1000, 3)) as numbers:
            for start in range(0, 1000, 300):
                numbers.append(np.arange(3 * start, 3 * min(1000, start + 300)).reshape(-1, 3))
        writer.save("flags", np.array([True, False]))


def entries(folder):
    return [path for path in (folder / "set").iterdir() if path.is_dir()]


def is_right(arrays):
    return (
        arrays["numbers"].dtype == np.int32
        and (arrays["numbers"] == np.arange(3000).reshape(1000, 3)).all()
        and arrays["flags"].tolist() == [True, False]
    )


def test_arrays_are_made_once_for_a_key(folder):
    make = Maker()
    assert is_right(cached("set", "key", make))
    arrays = cached("set", "key", make)
    assert is_right(arrays)
    assert isinstance(arrays["numbers"], np.memmap)
    assert make.calls == 1
    cached("set", "other key", make)
    assert make.calls == 2
    assert len(entries(folder)) == 2


def test_torch_takes_the_arrays_and_changes_reach_no_file():
    make = Maker()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        torch.from_numpy(cached("set", "key", make)["numbers"]).zero_()
    assert is_right(cached("set", "key", make))
    assert make.calls == 1


def truncate(path):
    path.write_bytes(path.read_bytes()[:-5])


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[-100] ^= 4
    path.write_bytes(content)


def lie(path):
    manifest = json.loads((path.parent / "manifest.json").read_text())
    manifest["numbers"]["shape"] = [3, 1000]
    (path.parent / "manifest.json").write_text(json.dumps(manifest))


def spoil_the_manifest(path):
    (path.parent / "manifest.json").write_text("[]")


def remove_the_manifest(path):
    (path.parent / "manifest.json").unlink()


def empty_the_manifest(path):
    (path.parent / "manifest.json").write_text("{}")


def remove(path):
    path.unlink()


@pytest.mark.parametrize(
    "damage", [truncate, flip_a_bit, lie, spoil_the_manifest, empty_the_manifest, remove_the_manifest, remove]
)
def test_what_is_damaged_is_made_anew_with_a_word_of_it(folder, damage, caplog):
    make = Maker()
    cached("set", "key", make)
    damage(entries(folder)[0] / "numbers.npy")
    assert is_right(cached("set", "key", make))
    assert make.calls == 2
    assert "is damaged" in caplog.text
    assert caplog.text.count("It is made anew.") == 1
    cached("set", "key", make)
    assert make.calls == 2


def test_of_several_at_once_one_makes_the_arrays():
    make = Maker(pause=0.3)
    threads = [threading.Thread(target=cached, args=("set", "key", make)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert make.calls == 1


def _count(path):
    def make(writer):
        with path.open("a") as file:
            file.write("x")
        Maker(pause=0.3)(writer)

    assert is_right(cached("set", "key", make))


def test_of_several_processes_one_makes_the_arrays(tmp_path):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_count, args=(tmp_path / "calls",)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert (tmp_path / "calls").read_text() == "x"


def test_what_fails_in_the_making_leaves_nothing_behind(folder):
    def fail(writer):
        Maker()(writer)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cached("set", "key", fail)
    assert entries(folder) == []
    assert is_right(cached("set", "key", Maker()))


def test_a_full_disk_is_said_with_the_remedy_and_leaves_nothing(folder, monkeypatch):
    class Full:
        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    def append(self, rows):
        self._file = Full()
        Growing.write(self, b"x")

    monkeypatch.setattr(Growing, "append", append)
    with pytest.raises(Unwritable, match=r"cache cannot be written: No space left.*REGARD_CACHE"):
        cached("set", "key", Maker())
    assert entries(folder) == []


def test_a_cache_that_cannot_be_written_is_named_with_its_variable(folder):
    folder.write_text("a file stands in the way")
    with pytest.raises(Unwritable, match=f"The cache folder {folder} cannot be written.*REGARD_CACHE"):
        cached("set", "key", Maker())


def test_an_array_that_is_not_filled_is_refused(folder):
    def too_few(writer):
        with writer.growing("numbers", np.int32, (5,)) as numbers:
            numbers.append(np.zeros(4))

    with pytest.raises(ValueError, match="4 rows"):
        cached("set", "key", too_few)
    assert entries(folder) == []


def test_rows_of_another_shape_are_refused():
    def wrong(writer):
        with writer.growing("numbers", np.int32, (5, 2)) as numbers:
            numbers.append(np.zeros((5, 3)))

    with pytest.raises(ValueError, match="shape"):
        cached("set", "key", wrong)


def test_what_killed_processes_left_is_swept_but_not_what_is_being_written(folder):
    for name in ("dead.partial", "alive.partial"):
        (folder / "set" / name).mkdir(parents=True)
    other = multiprocessing.get_context("spawn").Process(
        target=_hold, args=(folder / "set" / ".alive.lock", folder / "held")
    )
    other.start()
    while not (folder / "held").exists():
        time.sleep(0.01)
    cached("set", "key", Maker())
    (folder / "held").unlink()
    other.join()
    assert not (folder / "set" / "dead.partial").exists()
    assert (folder / "set" / "alive.partial").exists()


def _hold(lock, sign):
    with FileLock(lock):
        sign.touch()
        while sign.exists():
            time.sleep(0.01)


def test_the_cache_lies_where_the_environment_says(monkeypatch, tmp_path):
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("REGARD_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "regard"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "regard"


def test_checksums_of_files_that_nobody_touches_are_computed_once(monkeypatch):
    hashed = []
    monkeypatch.setattr(CONTENT, "SETTLED_SECONDS", -1)
    monkeypatch.setattr(CONTENT, "sha256", lambda path: hashed.append(path.name) or sha256(path))
    for _ in range(3):
        cached("set", "key", Maker())
    assert sorted(hashed) == ["flags.npy", "numbers.npy"]


def test_damage_is_found_though_checksums_are_remembered(folder, monkeypatch):
    monkeypatch.setattr(CONTENT, "SETTLED_SECONDS", -1)
    make = Maker()
    cached("set", "key", make)
    flip_a_bit(entries(folder)[0] / "numbers.npy")
    assert is_right(cached("set", "key", make))
    assert make.calls == 2
