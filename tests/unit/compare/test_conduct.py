"""A whole comparison with real training: small, interrupted, and with runs that fail."""

import dataclasses

import pytest

from regard.compare import conduct, costs_of, keep, tabulate
from regard.core.errors import UnsupportedUse
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.spec import Spec
from regard.experiment import Report, Workers, examine, perform
from regard.store import Store


@pytest.fixture
def tiny(make):
    return make(
        mechanisms=((Spec.of("softmax"),), (Spec.of("uniform"),)),
        model=ModelSettings(layers=1, features=8, heads=1, hidden=8, patch=4),
        training=TrainingSettings(epochs=1, steps=2, batch=16),
        seeds=3,
    )


@pytest.fixture
def here(monkeypatch):
    """The workers' work, done in this process: starting others takes seconds."""

    def perform_here(workers, runs):
        return (Report(run.digest, perform(run, workers.store)) for run in runs)

    def examine_here(workers, digests):
        for digest in digests:
            examine(digest, workers.store)
            yield Report(digest, "finished")

    monkeypatch.setattr(Workers, "perform", perform_here)
    monkeypatch.setattr(Workers, "examine", examine_here)


def all_of(comparison, store):
    with Workers(store) as workers:
        return list(conduct(comparison, store, workers))


def until(comparison, store, piece):
    """Break off after so many pieces."""
    with Workers(store) as workers:
        pieces = conduct(comparison, store, workers)
        while next(pieces).done < piece:
            pass
        pieces.close()


def readings_of_test(store):
    """How often the test split was read, for each run."""
    return sorted(sum(event.kind == "tested" for event in store.events(run.digest)) for run in store.runs())


def test_a_whole_comparison_on_worker_processes(tiny, store):
    pieces = all_of(tiny, store)
    costs = costs_of(tiny, store)
    document = tabulate(tiny, store, costs)
    keep(document, store)

    assert [piece.done for piece in pieces] == list(range(1, pieces[0].total + 1))
    assert [piece.phase for piece in pieces] == ["rates"] * 4 + ["seeds"] * 4 + ["test"] * 6
    assert [row["label"] for row in document["rows"]] == ["softmax", "uniform"]
    assert all(0 <= seed["test"] <= 1 for row in document["rows"] for seed in row["seeds"])
    assert document["rows"][1]["cost"]["flops"] < document["rows"][0]["cost"]["flops"]
    assert costs_of(tiny, store) == costs


@pytest.mark.parametrize("piece", [3, 10])
def test_an_interrupted_comparison_goes_on_to_the_same_document(tiny, store, tmp_path, here, costs, piece):
    with Store(tmp_path / "whole") as whole:
        all_of(tiny, whole)
        expected = tabulate(tiny, whole, costs)

    until(tiny, store, piece)
    pieces = all_of(tiny, store)

    assert tabulate(tiny, store, costs) == expected
    assert pieces[-1].done == pieces[-1].total


def test_nothing_is_done_twice_and_the_test_split_is_read_for_paired_runs_only(tiny, store, here):
    all_of(tiny, store)
    assert readings_of_test(store) == [0, 0, 1, 1, 1, 1, 1, 1]
    first = {run.digest: store.events(run.digest) for run in store.runs()}

    pieces = all_of(tiny, store)

    assert pieces[-1].done == pieces[-1].total
    assert {run.digest: store.events(run.digest) for run in store.runs()} == first


EXPLOSIVE = """
import torch
from regard import Cost, Mechanism, Traits

class Explosive(Mechanism):
    traits = Traits(source="none", time="n", memory="n", equivariant=False)

    def __init__(self, size):
        super().__init__(size)
        self.fuse = torch.nn.Parameter(torch.zeros(()))

    def forward(self, streams, mask):
        # finite after a step of 0.001, infinite after one of 0.1, in whichever direction
        return streams.v * ((1e4 * self.fuse).exp() + (-2e4 * self.fuse).exp())

    def cost(self, n, m, mask=None):
        return Cost(matmul_flops=0, state_numbers=0)
"""
"""A user's own mechanism, which diverges at a rate of 0.1 and not at 0.001."""


@pytest.fixture
def risky(tiny, tmp_path):
    file = tmp_path / "risky.py"
    file.write_text(EXPLOSIVE)
    training = dataclasses.replace(tiny.training, warmup=0.0, steps=3)
    mechanisms = ((Spec.of("softmax"),), (Spec.of(f"{file}:Explosive"),))
    return dataclasses.replace(tiny, mechanisms=mechanisms, training=training)


def test_a_rate_that_diverges_is_kept_and_not_chosen(risky, store, here):
    comparison = dataclasses.replace(risky, rates=(1e-3, 0.1))

    pieces = all_of(comparison, store)
    row = tabulate(comparison, store, {name: {} for name in comparison.labels})["rows"][1]

    assert pieces[-1].done == pieces[-1].total
    assert [tried["outcome"] for tried in row["rates"]] == ["finished", "diverged"]
    assert (row["rate"], row["failures"]) == (1e-3, 0)


def test_a_mechanism_that_always_diverges_costs_no_other(risky, store, here):
    comparison = dataclasses.replace(risky, rates=(0.1,))

    pieces = all_of(comparison, store)
    softmax, explosive = tabulate(comparison, store, {name: {} for name in comparison.labels})["rows"]

    assert pieces[-1].done == pieces[-1].total
    assert (softmax["failures"], explosive["failures"], explosive["mean"]) == (0, 3, None)
    assert [seed["outcome"] for seed in explosive["seeds"]] == ["diverged"] * 3
    assert explosive["difference"]["verdict"] == "undecided"
    assert readings_of_test(store) == [0, 0, 0, 1, 1, 1]


def test_what_cannot_take_part_is_refused_before_anything_is_trained(make, store, here):
    comparison = make(task=Spec.of("recall"), mechanisms=((Spec.of("softmax"),), (Spec.of("fourier"),)))

    with pytest.raises(UnsupportedUse, match="fourier"):
        all_of(comparison, store)

    assert store.runs() == []
