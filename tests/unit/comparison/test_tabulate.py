"""The result of a comparison, from a store that was filled by hand."""

import dataclasses
import json
import statistics
from pathlib import Path

import pytest
from by_hand import TEST_SCORES, ended, entries, examined, seed_runs

from regard.comparison import tabulate
from regard.core.entry import Entry
from regard.core.errors import RegardError
from regard.core.results import ComparisonResult, LeftOut, Seed
from regard.core.settings import ModelSettings
from regard.core.spec import Spec
from regard.store import Store
from regard.tasks import TASKS


def rows(result):
    return {row.label: row for row in result.rows}


def test_every_mechanism_has_a_row_with_its_mean_and_verdict(make, store, performed, costs):
    comparison = make()
    performed(comparison)

    found = rows(tabulate(comparison, store, costs))

    assert list(found) == ["softmax", "linear", "uniform"]
    for label, row in found.items():
        assert row.mean == pytest.approx(statistics.mean(TEST_SCORES[label]))
        assert row.interval[0] < row.mean < row.interval[1]
        assert [seed.test for seed in row.seeds] == list(TEST_SCORES[label])
        assert row.cost == costs[label]
        assert (row.chosen, row.failures) == (0.003, 0)
    assert found["softmax"].difference is None
    assert found["linear"].difference.verdict == "equivalent"
    assert found["uniform"].difference.verdict == "worse"


def test_the_task_is_described_with_its_limits(make, store, performed, costs):
    comparison = make(task=Spec.of("digits", shift=0))
    performed(comparison)

    task = tabulate(comparison, store, costs).task

    assert (task.name, task.options, task.metric) == ("digits", {"shift": 0}, "accuracy")
    assert 0.08 < task.chance < 0.12
    assert task.ceiling == 1
    assert sum(task.sizes.values()) == 1797
    assert task.changed == {"shift": 0}
    assert task.note is None


def test_what_a_reader_must_know_is_in_the_result(make, store, performed, costs, monkeypatch):
    comparison = make()
    performed(comparison)
    monkeypatch.setattr(TASKS.find("digits"), "note", "lossy images")

    assert tabulate(comparison, store, costs).task.note == "lossy images"


def test_there_is_no_race_to_a_score_of_zero(make, store, costs):
    comparison = make(grid=(0.001,))
    for entry in comparison.entries:
        for seed in range(5):
            run = comparison.run(entry, 0.001, seed)
            ended(store, run, {10: 0.0})
            examined(store, run, 0.0)

    result = tabulate(comparison, store, costs)

    assert result.target is None
    assert all(row.steps_to_target is None for row in result.rows)


def test_a_result_that_was_written_is_read_again_as_it_was(make, store, performed, costs, tmp_path: Path):
    comparison = make()
    performed(comparison)
    left_out = [LeftOut("fourier", "It is not causal.")]

    result = tabulate(comparison, store, costs, left_out)
    result.write(tmp_path / "result.json")
    read = ComparisonResult.read(tmp_path / "result.json")

    assert read == result
    assert read.tuned == "rate"
    assert [trial.value for trial in read.rows[1].trials] == [0.001, 0.003]
    assert [row.label for row in read.rows] == ["softmax", "linear", "uniform"]
    assert read.left_out[0].reason == "It is not causal."
    assert read.verdict(read.rows[2]) == "worse"
    assert read.versions == {"regard": "0.1.0"}


def test_the_order_in_which_runs_were_performed_never_matters(make, store, performed, costs, tmp_path: Path):
    comparison = make()
    performed(comparison)
    other = Store(tmp_path / "other")
    for run in reversed(store.runs()):
        other.add(run)
        other.append(run.digest, reversed(store.measurements(run.digest)))
        for event in store.events(run.digest):
            other.record(run.digest, event.kind, event.detail)

    assert tabulate(comparison, other, costs) == tabulate(comparison, store, costs)


def test_a_run_that_diverged_is_shown_and_counted_and_not_averaged(make, store, performed, costs):
    comparison = make()
    performed(comparison, failing=frozenset({("linear", 3)}))

    row = rows(tabulate(comparison, store, costs))["linear"]

    others = [score for seed, score in enumerate(TEST_SCORES["linear"]) if seed != 3]
    assert row.failures == 1
    assert row.mean == pytest.approx(statistics.mean(others))
    assert row.seeds[3] == Seed(3, row.seeds[3].digest, "diverged", steps=40)
    assert (row.difference.pairs, row.difference.verdict) == (4, "undecided")


def test_a_mechanism_that_always_fails_has_a_row_without_a_mean(make, store, performed, costs):
    comparison = make()
    performed(comparison, failing=frozenset(("uniform", seed) for seed in range(5)))
    found = rows(tabulate(comparison, store, costs))

    assert found["uniform"].failures == 5
    assert (found["uniform"].mean, found["uniform"].interval) == (None, None)
    assert found["uniform"].difference.p is None
    assert found["linear"].difference.verdict == "equivalent"


def test_a_baseline_that_always_fails_leaves_nothing_decided(make, store, performed, costs):
    comparison = make()
    performed(comparison, failing=frozenset(("softmax", seed) for seed in range(5)))
    for row in (found := rows(tabulate(comparison, store, costs))).values():
        assert row.difference is None or row.difference.verdict == "undecided"
        assert found["softmax"].failures == 5


def test_the_race_ends_at_95_percent_of_the_baseline(make, store, costs):
    comparison = make(grid=(0.001,))
    curves = {
        "softmax": {10: 0.5, 20: 0.80},
        "linear": {10: 0.77, 20: 0.9},
        "uniform": {10: 0.1, 20: 0.2},
    }
    for entry in comparison.entries:
        for seed in range(5):
            run = comparison.run(entry, 0.001, seed)
            ended(store, run, curves[run.mechanism])
            examined(store, run, 0.5)

    result = tabulate(comparison, store, costs)

    assert result.target == pytest.approx(0.76)
    assert {label: row.steps_to_target for label, row in rows(result).items()} == {
        "softmax": 20,
        "linear": 10,
        "uniform": None,
    }


def test_no_interval_reaches_where_no_score_can_be(make, store, costs):
    comparison = make(grid=(0.001,))
    for entry in comparison.entries:
        for seed in range(5):
            run = comparison.run(entry, 0.001, seed)
            ended(store, run, {10: 1.0})
            examined(store, run, 1.0 if seed else 0.9)

    for row in tabulate(comparison, store, costs).rows:
        assert 0 <= row.interval[0] < row.interval[1] <= 1


def test_runs_that_are_missing_are_not_taken_for_failures(make, store, performed, costs):
    performed(make(seeds=3))

    with pytest.raises(RegardError, match="6 of 18 runs of the comparison have not ended"):
        tabulate(make(seeds=5), store, costs)


def test_models_of_one_mechanism_have_a_row_each_with_runs_and_costs_of_their_own(make, store, costs):
    gated = Entry.of((Spec("softmax"),), output_gate=True, heads=1)
    comparison = make(entries=(*entries("softmax"), gated), grid=(0.001,), seeds=3)
    for seed in range(3):
        for entry, score in zip(comparison.entries, (0.8, 0.9), strict=True):
            ended(store, run := comparison.run(entry, 0.001, seed), {10: score})
            examined(store, run, score + seed / 1000)
    label = "softmax[heads=1, output_gate=True]"
    dearer = dataclasses.replace(costs["softmax"], parameters=7)

    result = tabulate(comparison, store, {"softmax": costs["softmax"], label: dearer})
    found = rows(ComparisonResult.from_json(json.loads(json.dumps(result.to_json()))))

    assert list(found) == ["softmax", label]
    assert [row.mechanism for row in found.values()] == ["softmax", "softmax"]
    assert [row.model for row in found.values()] == [{}, {"heads": 1, "output_gate": True}]
    assert [row.mean for row in found.values()] == pytest.approx([0.801, 0.901])
    assert [seed.digest for seed in found[label].seeds] == [
        comparison.run(gated, 0.001, seed).digest for seed in range(3)
    ]
    assert found[label].cost.parameters == 7
    assert found[label].difference.pairs == 3


def test_a_hybrid_is_named_after_its_layers(make, store, performed, costs):
    hybrid = (Spec.of("linear"), Spec.of("softmax"))
    comparison = make(
        entries=(*entries("softmax"), Entry(hybrid)),
        model=ModelSettings(layers=2, features=16, heads=2, hidden=16),
        grid=(0.001,),
        seeds=3,
    )
    for run in seed_runs(comparison, store):
        ended(store, run, {10: 0.5})
        examined(store, run, 0.5)

    row = rows(tabulate(comparison, store, costs | {"linear+softmax": costs["linear"]}))["linear+softmax"]

    assert row.mechanism == "linear+softmax"
    assert [spec.name for spec in row.specs] == ["linear", "softmax"]
    assert "Vaswani" in row.source
    assert "Katharopoulos" in row.source
