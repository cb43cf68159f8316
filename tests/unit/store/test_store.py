"""What the store promises to one reader and writer."""

import math
import struct
import subprocess
import sys
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regard.core.errors import MissingFile, UnknownName
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.core.settings import TrainingSettings
from regard.core.spec import Spec
from regard.store import EventKind, Outcome, Store, database, schema

FLOATS = [math.nan, math.inf, -math.inf, 5e-324, 1.7976931348623157e308, 1 / 3, 0.0, -1.0, 2.0**60]


def bits(value: float) -> bytes:
    """Equal for NaN and NaN; 0 and -0 are one number."""
    return struct.pack("<d", math.nan if math.isnan(value) else value + 0.0)


def test_a_run_comes_back_as_it_was_added(store: Store) -> None:
    run = Run(
        task=Spec.of("arithmetic", digits=2, form="ü"),
        mechanisms=(Spec.of("top_k", keys=4), Spec.of("path/to a/file.py:Mine", sizes=(1, 2))),
        training=TrainingSettings(steps=7, target=0.5),
        seed=3,
    )
    store.add(run)
    store.add(run)
    assert store.run(run.digest) == run
    assert store.runs()[1:] == [run]


@pytest.mark.parametrize("value", FLOATS)
def test_every_float_survives(store: Store, run: Run, value: float) -> None:
    store.append(run.digest, [Measurement(1, "train/loss", value)])
    (kept,) = store.measurements(run.digest)
    assert bits(kept.value) == bits(value)


@given(st.dictionaries(st.tuples(st.integers(0, 2**62), st.text(min_size=1)), st.floats(), max_size=20))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_appended_is_what_is_read(tmp_path_factory, run: Run, values) -> None:
    with Store(tmp_path_factory.mktemp("project")) as store:
        store.add(run)
        names = {name.encode("utf-8", "replace").decode() for _, name in values}
        values = {key: value for key, value in values.items() if key[1] in names and "\0" not in key[1]}
        store.append(run.digest, [Measurement(step, name, value) for (step, name), value in values.items()])
        kept = {(m.step, m.name): bits(m.value) for m in store.measurements(run.digest)}
        assert kept == {key: bits(value) for key, value in values.items()}
        for name in names:
            curve = store.measurements(run.digest, name)
            assert [m.step for m in curve] == sorted(step for step, other in values if other == name)
            assert store.last(run.digest, name) == (curve[-1] if curve else None) or math.isnan(
                curve[-1].value
            )


def repetition_changes_nothing(folder: Path, run: Run) -> None:
    curve = [Measurement(step, "train/loss", 1 / (step + 1)) for step in range(5)]
    with Store(folder) as store:
        store.add(run)
        store.append(run.digest, curve[:4])
        store.append(run.digest, [*curve[2:], Measurement(2, "train/loss", 7.0)])
        assert store.measurements(run.digest) == curve


def test_measurements_said_twice_are_kept_once_as_they_were_first(tmp_path: Path, run: Run) -> None:
    repetition_changes_nothing(tmp_path, run)


def test_a_store_without_its_key_is_caught(tmp_path: Path, run: Run, monkeypatch) -> None:
    keyless = tuple(
        table.replace(",\n        PRIMARY KEY (digest, name, step)) WITHOUT ROWID", ")")
        for table in schema.STORE.tables
    )
    opened, inserted = database.Database.open, database.Database.insert_together

    def careless(self, statements):
        key = "ON CONFLICT (digest, name, step) DO NOTHING"
        inserted(self, [(statement.replace(key, ""), rows) for statement, rows in statements])

    monkeypatch.setattr(
        database.Database, "open", lambda path: opened(path, replace(schema.STORE, tables=keyless))
    )
    monkeypatch.setattr(database.Database, "insert_together", careless)
    with pytest.raises(AssertionError):
        repetition_changes_nothing(tmp_path, run)


@pytest.mark.parametrize(
    ("kinds", "outcome"),
    [
        ([], None),
        (["started"], None),
        (["started", "failed"], "failed"),
        (["started", "failed", "started"], None),
        (["started", "failed", "started", "finished"], "finished"),
        (["started", "finished", "tested"], "finished"),
        (["started", "finished", "failed"], "finished"),
        (["started", "diverged"], "diverged"),
        (["started", "diverged", "failed"], "diverged"),
        (["started", "failed", "tested"], "failed"),
    ],
)
def test_the_outcome_follows_from_the_events(
    store: Store, run: Run, kinds: list[EventKind], outcome: Outcome | None
) -> None:
    for kind in kinds:
        store.record(run.digest, kind, f"detail of {kind}")
    assert store.outcome(run.digest) == outcome
    events = store.events(run.digest)
    assert [event.kind for event in events] == kinds
    assert [event.detail for event in events] == [f"detail of {kind}" for kind in kinds]
    assert all(event.time.tzinfo == UTC for event in events)
    assert [event.time for event in events] == sorted(event.time for event in events)


def test_versions_are_those_of_the_latest_start(store: Store, run: Run) -> None:
    assert store.versions(run.digest) == {}
    store.record(run.digest, "started", '{"torch": "1"}')
    store.record(run.digest, "failed", "not JSON")
    store.record(run.digest, "started", '{"torch": "2"}')
    assert store.versions(run.digest) == {"torch": "2"}


def test_the_best_score_is_the_highest_then_that_of_lowest_loss_then_the_first(
    store: Store, run: Run
) -> None:
    assert store.best(run.digest) is None
    for step, (score, loss) in enumerate([(math.nan, 0.0), (0.5, 2.0), (0.9, 1.0), (0.9, 0.5), (0.9, 0.5)]):
        store.append(run.digest, [Measurement(step, "validation/score", score)])
        store.append(run.digest, [Measurement(step, "validation/loss", loss)])
    assert store.best(run.digest) == Measurement(3, "validation/score", 0.9)


def test_runs_do_not_mix(store: Store, run: Run) -> None:
    other = replace(run, seed=1)
    store.add(other)
    store.append(run.digest, [Measurement(1, "test/score", 0.25)])
    store.record(run.digest, "finished")
    assert store.test(run.digest) == Measurement(1, "test/score", 0.25)
    assert (store.test(other.digest), store.outcome(other.digest)) == (None, None)
    assert store.folder_of(run.digest) != store.folder_of(other.digest)


def test_a_measurement_of_an_unknown_run_is_refused(store: Store) -> None:
    with pytest.raises(UnknownName, match="holds no run"):
        store.append("0123456789abcdef", [Measurement(1, "train/loss", 1.0)])
    with pytest.raises(UnknownName, match="holds no run"):
        store.record("0123456789abcdef", "started")


def test_several_measurements_are_kept_all_or_not_at_all(store: Store, run: Run) -> None:
    def broken():
        yield Measurement(1, "train/loss", 1.0)
        raise KeyError

    with pytest.raises(KeyError):
        store.append(run.digest, broken())
    assert store.measurements(run.digest) == []


def test_the_first_digits_of_a_digest_name_a_run(store: Store, run: Run) -> None:
    runs = [run, *(replace(run, seed=seed) for seed in range(1, 40))]
    for each in runs:
        store.add(each)
    assert all(store.run(each.digest[:8]) == each for each in runs)
    with pytest.raises(UnknownName, match=r"40 runs in .* begin with ''.*Give more digits"):
        store.run("")
    with pytest.raises(UnknownName, match=r"There is no run 'xyz'.*holds 40 runs"):
        store.run("xyz")


def test_a_near_digest_is_suggested(store: Store, run: Run) -> None:
    with pytest.raises(UnknownName, match=f"Did you mean '{run.digest}'"):
        store.run(run.digest[:-1] + "x")


@pytest.mark.parametrize("name", ["plain", "with spaces", "ünïcödé 注意", "100%?mode=ro#x", "a'b;c"])
def test_any_folder_name_will_do(tmp_path: Path, run: Run, name: str) -> None:
    with Store(tmp_path / name) as store:
        store.add(run)
    with Store.existing(str(tmp_path / name)) as store:
        assert store.runs() == [run]
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_project_folder_and_a_run_in_it_are_resolved(store: Store, run: Run) -> None:
    folder = store.folder_of(run.digest)
    for path, digest in [
        (store.folder, None),
        (folder, run.digest),
        (store.folder / "runs" / run.digest[:4], run.digest),
        (store.folder / run.digest[:4], run.digest),
    ]:
        found, found_digest = Store.resolve(str(path))
        with found:
            assert (found.folder, found_digest) == (store.folder, digest)


def test_a_folder_without_a_store_is_not_made_one(tmp_path: Path, store: Store) -> None:
    for path in (tmp_path, tmp_path / "missing", store.folder / "runs"):
        with pytest.raises(MissingFile, match=r"holds no store\.sqlite"):
            Store.resolve(path)
    with pytest.raises(UnknownName, match="There is no run 'zzz'"):
        Store.resolve(store.folder / "zzz")
    assert list(tmp_path.iterdir()) == [store.folder]


def test_nothing_is_ever_edited_or_removed() -> None:
    for file in Path(schema.__file__).parent.glob("*.py"):
        statements = file.read_text(encoding="utf-8")
        assert not any(word in statements for word in ("UPDATE ", "DELETE ", "REPLACE ", "DROP "))


def test_the_store_needs_no_torch() -> None:
    code = "import sys, regard.store; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
