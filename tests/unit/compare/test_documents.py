"""Documents on disk: whole or not at all."""

import csv
import json
import multiprocessing
from pathlib import Path

import pytest

from regard.compare import keep, path_of, recall, tabulate
from regard.compare.costs import costs_of
from regard.core.errors import Corrupt
from regard.store import Store


@pytest.fixture
def document(make, store, performed, costs):
    comparison = make()
    performed(comparison, failing=frozenset({("uniform", 1)}))
    return tabulate(comparison, store, costs)


def test_what_is_kept_is_recalled(document, store):
    path = keep(document, store)

    assert (
        path
        == path_of(document["digest"], store)
        == store.folder / "comparisons" / f"{document['digest']}.json"
    )
    assert recall(document["digest"], store) == document


def test_nothing_is_recalled_before(store):
    assert recall("0123456789abcdef", store) is None


def test_the_csv_has_a_line_for_each_mechanism_and_no_lists(document, store):
    path = keep(document, store).with_suffix(".csv")

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


def test_keeping_again_replaces_both_files_and_leaves_no_other(document, store):
    keep(document, store)
    document["margin"] = 0.5
    path = keep(document, store)

    assert recall(document["digest"], store)["margin"] == 0.5
    assert {file.name for file in path.parent.iterdir()} == {path.name, path.with_suffix(".csv").name}


def test_a_document_that_cannot_be_written_leaves_the_old_one(document, store):
    path = keep(document, store)
    with pytest.raises(ValueError, match="Out of range"):
        keep(document | {"margin": float("nan")}, store)

    assert recall(document["digest"], store) == document
    assert {file.suffix for file in path.parent.iterdir()} == {".json", ".csv"}


@pytest.mark.parametrize(
    "text",
    ["", '{"format": 1', "[]", '{"format": 2, "rows": []}', '{"format": 1}', '{"format": 1, "rows": [{}]}'],
)
def test_a_damaged_document_is_told_in_one_line(document, store, text):
    keep(document, store).write_text(text)

    with pytest.raises(Corrupt, match=document["digest"]) as refusal:
        recall(document["digest"], store)

    assert "\n" not in str(refusal.value)


def write_often(folder: Path, document: dict, margin: float) -> None:
    with Store(folder) as store:
        for _ in range(20):
            keep(document | {"margin": margin}, store)


def test_two_that_write_at_once_never_leave_half_a_document(document, store):
    keep(document, store)
    spawn = multiprocessing.get_context("fork")
    writers = [
        spawn.Process(target=write_often, args=(store.folder, document, margin)) for margin in (0.1, 0.2)
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert recall(document["digest"], store)["margin"] in (0.01, 0.1, 0.2)
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0

    assert json.loads(path_of(document["digest"], store).read_text())["margin"] in (0.1, 0.2)


def test_costs_are_measured_once_and_kept(document, store, make, costs):
    keep(document, store)

    assert costs_of(make(), store) == costs
