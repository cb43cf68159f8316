"""The readers that can be named, each on a real training, and told in one line what is missing."""

import csv
import importlib
import sys
import time
from pathlib import Path

import pytest
from pools import CPU, ends, readings, trainings

from regard.core.errors import Corrupt, RegardError, UnknownName, Unwritable
from regard.core.measurement import Measurement
from regard.experiment import FollowedPool, Reader, SerialPool
from regard.experiment.readers import READERS
from regard.store import Store


def followed(store: Store, reader: Reader, runs, *, test: bool = False) -> None:
    told: list[str] = []
    with FollowedPool(SerialPool(CPU), [reader], told.append) as pool:
        ends(pool, trainings(runs, store))
        ends(pool, readings(runs, store) if test else [])
    assert told == []


def test_these_readers_can_be_named() -> None:
    assert READERS.names() == ["csv", "lines", "tensorboard", "wandb"]
    with pytest.raises(UnknownName, match=r"no reader called 'tensorbord'. Did you mean 'tensorboard'"):
        READERS.find("tensorbord")


def test_lines_say_everything_on_standard_error(store: Store, describe, capsys) -> None:
    run = describe()
    followed(store, READERS.build("lines", store.folder), [run])
    output, lines = capsys.readouterr()
    assert output == ""
    first, *measured, last = lines.splitlines()
    assert first == f"arithmetic softmax seed 0  begins ({run.digest})"
    assert measured[0] == "arithmetic softmax seed 0  step 0  train/total_steps 25"
    assert last == "arithmetic softmax seed 0  finished"
    assert len(measured) == len(store.measurements(run.digest))


def rows(store: Store) -> list[dict[str, str]]:
    with (store.folder / "measurements.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_holds_what_the_store_holds(store: Store, describe) -> None:
    runs = [describe(seed=3), describe("Fine", seed=4)]
    followed(store, READERS.build("csv", store.folder), runs, test=True)
    for run, name in zip(runs, ["softmax", "Fine"], strict=True):
        own = [row for row in rows(store) if row["digest"] == run.digest]
        assert {(row["task"], row["mechanism"].split("@")[0], row["seed"]) for row in own} == {
            ("arithmetic", name, str(run.seed))
        }
        said = {Measurement(int(row["step"]), row["name"], float(row["value"])) for row in own}
        assert said == set(store.measurements(run.digest)) and len(own) == len(said)


def test_what_a_resumed_run_repeats_is_in_the_table_once(store: Store, describe) -> None:
    run = describe()
    with FollowedPool(SerialPool(CPU), [READERS.build("csv", store.folder)], print) as pool:
        pool.submit(*trainings([run], store))
        reports = pool.report()
        for _ in range(9):
            next(reports)
        reports.close()
    before = rows(store)
    followed(store, READERS.build("csv", store.folder), [run])
    assert rows(store)[: len(before)] == before
    keys = [(row["step"], row["name"]) for row in rows(store)]
    assert len(keys) == len(set(keys)) == len(store.measurements(run.digest))


def test_a_table_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "measurements.csv").mkdir()
    with pytest.raises(Unwritable, match="cannot be written"):
        READERS.build("csv", tmp_path)


def test_a_table_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "measurements.csv").write_text("mine,yours\n1,2\n")
    with pytest.raises(Corrupt, match="Move it away"):
        READERS.build("csv", tmp_path)
    assert (tmp_path / "measurements.csv").read_text() == "mine,yours\n1,2\n"


def test_tensorboard_shows_every_curve(store: Store, describe) -> None:
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    accumulator = importlib.import_module("tensorboard.backend.event_processing.event_accumulator")
    runs = [describe(seed=seed) for seed in range(2)]
    followed(store, READERS.build("tensorboard", store.folder), runs)
    folders = sorted((store.folder / "tensorboard").iterdir())
    assert [folder.name for folder in folders] == [
        f"arithmetic-softmax-seed-{run.seed}-{run.digest}" for run in runs
    ]
    for run, folder in zip(runs, folders, strict=True):
        found = accumulator.EventAccumulator(str(folder)).Reload()
        for name in ("train/loss", "validation/score"):
            curve = [(m.step, pytest.approx(m.value, rel=1e-6)) for m in store.measurements(run.digest, name)]
            assert [(event.step, event.value) for event in found.Scalars(name)] == curve


def missing(words: list[bytes], folders: list[Path], seconds: float = 20.0) -> list[bytes]:
    """Which words the files lack even after a while: the library's own process writes them, not this one."""
    deadline, left = time.monotonic() + seconds, words
    while left and time.monotonic() < deadline:
        logged = b"".join(file.read_bytes() for folder in folders for file in folder.glob("*.wandb"))
        left = [word for word in words if word not in logged]
        time.sleep(0.05)
    return left


def test_weights_and_biases_are_written_without_a_network(store: Store, describe, monkeypatch) -> None:
    pytest.importorskip("wandb", reason="wandb is not installed")
    monkeypatch.setenv("WANDB_MODE", "online")  # whatever the environment says
    run = describe()
    followed(store, READERS.build("wandb", store.folder), [run], test=True)
    folders = sorted((store.folder / "wandb").glob("offline-run-*"))
    assert folders and all(folder.name.endswith(run.digest) for folder in folders)
    assert not missing([b"validation/score", b"test/score", b"outcome"], folders)


@pytest.mark.parametrize(("name", "package"), [("tensorboard", "tensorboard"), ("wandb", "wandb")])
def test_a_library_that_is_missing_is_one_line(name: str, package: str, tmp_path: Path, monkeypatch) -> None:
    for module in [*sys.modules]:
        if module.split(".")[0] == package or module.startswith("torch.utils.tensorboard"):
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(RegardError, match=rf"needs the package {package}.*'regard\[{package}\]'") as error:
        READERS.build(name, tmp_path)
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []
