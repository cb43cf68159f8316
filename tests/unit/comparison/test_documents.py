"""Results on disk: whole or not at all."""

import csv
import dataclasses
import json
import multiprocessing
from pathlib import Path

import pytest

from regard.comparison import keep, path_of, recall, tabulate
from regard.comparison.costs import costs_of
from regard.comparison.documents import flat
from regard.core.errors import Corrupt, RegardError
from regard.core.results import FLOP_CONVENTION, ComparisonResult
from regard.store import Store


@pytest.fixture
def result(make, store, performed, costs):
    comparison = make()
    performed(comparison, failing=frozenset({("uniform", 1)}))
    return tabulate(comparison, store, costs)


def test_what_is_kept_is_recalled(result, store):
    path = keep(result, store)

    assert path == path_of(result.digest, store) == store.folder / "comparisons" / f"{result.digest}.json"
    assert recall(result.digest, store) == result


def test_nothing_is_recalled_before(store):
    assert recall("0123456789abcdef", store) is None


def test_the_csv_has_a_line_for_each_mechanism_and_no_lists(result, store):
    path = keep(result, store).with_suffix(".csv")

    with path.open() as file:
        softmax, linear, uniform = csv.DictReader(file)

    assert (softmax["label"], softmax["difference_verdict"], softmax["difference_p_holm"]) == (
        "softmax",
        "",
        "",
    )
    assert (linear["difference_verdict"], linear["failures"], linear["seeds"]) == ("equivalent", "0", "5")
    assert (
        float(uniform["difference_low"])
        < float(uniform["difference_mean"])
        < float(uniform["difference_high"])
    )
    assert (uniform["failures"], uniform["flops"]) == ("1", "3513648")
    assert "[" not in path.read_text()


def test_keeping_again_replaces_both_files_and_leaves_no_other(result, store):
    keep(result, store)
    path = keep(dataclasses.replace(result, margin=0.5), store)

    assert recall(result.digest, store).margin == 0.5
    assert {file.name for file in path.parent.iterdir()} == {path.name, path.with_suffix(".csv").name}


def test_a_result_that_cannot_be_written_leaves_the_old_one(result, store):
    path = keep(result, store)
    with pytest.raises(RegardError, match=r"comparison\.margin is nan"):
        keep(dataclasses.replace(result, margin=float("nan")), store)

    assert recall(result.digest, store) == result
    assert {file.suffix for file in path.parent.iterdir()} == {".json", ".csv"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"format": 3',
        "[]",
        '{"format": 1, "rows": []}',
        '{"format": 3}',
        '{"format": 3, "kind": "comparison", "rows": [{}]}',
    ],
)
def test_a_damaged_file_is_told_in_one_line(result, store, text):
    keep(result, store).write_text(text)

    with pytest.raises(Corrupt, match=result.digest) as refusal:
        recall(result.digest, store)

    assert "\n" not in str(refusal.value)


def write_often(folder: Path, result: ComparisonResult, margin: float) -> None:
    with Store(folder) as store:
        for _ in range(20):
            keep(dataclasses.replace(result, margin=margin), store)


def test_two_that_write_at_once_never_leave_half_a_result(result, store):
    keep(result, store)
    spawn = multiprocessing.get_context("fork")
    writers = [
        spawn.Process(target=write_often, args=(store.folder, result, margin)) for margin in (0.1, 0.2)
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert recall(result.digest, store).margin in (0.01, 0.1, 0.2)
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0

    assert json.loads(path_of(result.digest, store).read_text())["margin"] in (0.1, 0.2)


def test_costs_are_measured_once_and_kept(result, store, make, costs):
    keep(result, store)

    assert costs_of(make(), store) == costs


def test_the_csv_names_the_tuned_setting_and_notes_what_does_not_reach_the_answer(result):
    told = {"reach": "Half of it does.", "notes": ("It turns.", "It adds.")}
    rows = tuple(dataclasses.replace(row, **told) for row in result.rows)
    changed = dataclasses.replace(result, tuned="radius", rows=rows)
    first, *_ = csv.DictReader(flat(changed).splitlines())

    assert (first["tuned"], first["chosen"], first["reach"]) == ("radius", "0.003", "Half of it does.")
    assert first["notes"] == "It turns. It adds."
    assert first["flop_convention"] == FLOP_CONVENTION
