"""Data that were replaced are not taken for those with which a run was started."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pools import CPU, ends, local, readings, trainings

from regard.core.errors import Corrupt
from regard.core.spec import Spec
from regard.experiment import Pool, SerialPool, examine, perform, performing
from regard.store import Store

CHANGED = r"^The data of run [0-9a-f]{16} .* have changed .* Restore them, or choose another .* --out\.$"
TASK = Path(__file__).with_name("outside.py")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.write_text("1")
    return path


@pytest.fixture
def run(describe, data):
    return replace(describe(), task=Spec.of(f"{TASK}:Outside", data=str(data)))


def all_of(pool: Pool, jobs):
    with pool:
        return ends(pool, jobs)


WAYS = {
    "performed": lambda run, store: perform(run, store, CPU),
    "examined": lambda run, store: examine(run.digest, store, CPU),
    "packed": lambda run, store: all_of(SerialPool(CPU), trainings([replace(run, seed=9), run], store, 2)),
    "compared": lambda run, store: all_of(local(), trainings([run], store)),
    "read": lambda run, store: all_of(local(), readings([run], store)),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_run_that_ended_on_other_data_is_refused(store: Store, run, data, way) -> None:
    perform(run, store, CPU)
    score = examine(run.digest, store, CPU)
    data.write_text("2")
    with pytest.raises(Corrupt, match=CHANGED):
        WAYS[way](run, store)
    assert store.outcome(replace(run, seed=9).digest) is None
    data.write_text("1")
    assert perform(run, store, CPU) == "finished"
    assert examine(run.digest, store, CPU) == score


@pytest.mark.parametrize("way", ["performed", "packed"])
def test_a_run_that_was_begun_on_other_data_is_not_gone_on_with(store: Store, run, data, way) -> None:
    begun = performing(run, store, CPU)
    for _ in range(5):
        next(begun)
    begun.close()
    before = store.measurements(run.digest)
    data.write_text("2")
    with pytest.raises(Corrupt, match=CHANGED):
        WAYS[way](run, store)
    assert store.measurements(run.digest) == before
    assert [event.kind for event in store.events(run.digest)] == ["started"]


def test_another_project_folder_takes_the_other_data(store: Store, run, data, tmp_path) -> None:
    perform(run, store, CPU)
    data.write_text("2")
    with Store(tmp_path / "another") as another:
        assert perform(run, another, CPU) == "finished"
        assert store.versions(run.digest)["content"] != another.versions(run.digest)["content"]


def test_where_options_decide_the_samples_nothing_is_kept_and_nothing_read(
    store: Store, describe, monkeypatch
) -> None:
    perform(describe(), store, CPU)
    assert "content" not in store.versions(describe().digest)
    monkeypatch.setattr("regard.experiment.same_data.content_of", None)
    assert perform(describe(), store, CPU) == "finished"


def test_a_start_that_was_kept_without_its_data_stays_readable(store: Store, run) -> None:
    store.add(run)
    store.record(run.digest, "started", json.dumps({"torch": "2"}))
    assert perform(run, store, CPU) == "finished"
