"""A whole comparison with real training: small, interrupted, and with runs that fail."""

import dataclasses
import random
from collections import Counter

import pytest
from by_hand import entries

from regard.comparison import conduct, costs_of, keep, tabulate
from regard.core.entry import Entry
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.core.execution import Execution
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.spec import Spec
from regard.experiment import Job, LocalPool, Pool, SerialPool
from regard.store import Store
from regard.tasks import TASKS


@pytest.fixture
def tiny(make):
    return make(
        entries=entries("softmax", "uniform"),
        model=ModelSettings(layers=1, features=8, heads=1, hidden=8, patch=4),
        training=TrainingSettings(epochs=1, steps=2, batch=16),
        seeds=3,
    )


CPU = Execution(device="cpu")


def all_of(comparison, store, pool_of=SerialPool, execution=CPU):
    with pool_of(execution) as pool:
        return list(conduct(comparison, store, pool))


def until(comparison, store, piece):
    """Break off after so many pieces."""
    with SerialPool(CPU) as pool:
        pieces = conduct(comparison, store, pool)
        while next(pieces).done < piece:
            pass
        pieces.close()


def readings_of_test(store):
    """How often the test split was read, for each run."""
    return sorted(sum(event.kind == "tested" for event in store.events(run.digest)) for run in store.runs())


def test_a_whole_comparison_on_worker_processes(tiny, store):
    pieces = all_of(tiny, store, LocalPool, Execution(device="cpu", workers=2))
    costs = costs_of(tiny, store)
    result = tabulate(tiny, store, costs)
    keep(result, store)

    assert [piece.done for piece in pieces] == list(range(1, pieces[0].total + 1))
    assert Counter(piece.phase for piece in pieces) == {"grid": 4, "seeds": 4, "test": 6}
    assert [row.label for row in result.rows] == ["softmax", "uniform"]
    assert all(0 <= seed.test <= 1 for row in result.rows for seed in row.seeds)
    assert result.rows[1].cost.flops < result.rows[0].cost.flops
    assert costs_of(tiny, store) == costs


def test_models_of_one_mechanism_are_compared_by_the_runs_that_training_alone_performs(tiny, store):
    plain, gated = Entry((Spec("softmax"),)), Entry.of((Spec("softmax"),), output_gate=True, dropout=0.2)
    comparison = dataclasses.replace(tiny, entries=(plain, gated), baseline="")
    model = dataclasses.replace(tiny.model, output_gate=True, dropout=0.2)
    alone = dataclasses.replace(comparison.run(plain, 0.003, 0), model=model)

    pieces = all_of(comparison, store)
    softmax, other = tabulate(comparison, store, costs_of(comparison, store)).rows

    assert {piece.label for piece in pieces} == {"softmax", "softmax[dropout=0.2, output_gate=True]"}
    assert [softmax.label, other.label] == comparison.labels
    assert other.trials[1].digest == alone.digest
    weights = model.layers * model.features**2
    assert other.cost.parameters - softmax.cost.parameters == weights
    assert other.cost.flops > softmax.cost.flops

    performed = store.measurements(alone.digest, "train/loss")
    with Store(store.folder.parent / "alone") as apart, SerialPool(CPU) as pool:
        pool.submit(Job((alone,), folder=apart.folder))
        list(pool.report())
    with Store(store.folder.parent / "alone") as apart:
        assert apart.measurements(alone.digest, "train/loss") == performed != []


@pytest.mark.parametrize("piece", [3, 10])
def test_an_interrupted_comparison_goes_on_to_the_same_document(tiny, store, tmp_path, costs, piece):
    with Store(tmp_path / "whole") as whole:
        all_of(tiny, whole)
        expected = tabulate(tiny, whole, costs)

    until(tiny, store, piece)
    pieces = all_of(tiny, store)

    assert tabulate(tiny, store, costs) == expected
    assert pieces[-1].done == pieces[-1].total


def test_nothing_is_done_twice_and_the_test_split_is_read_for_paired_runs_only(tiny, store):
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
    training = dataclasses.replace(tiny.training, steps=3)
    optimizer = Spec.of("adamw", warmup=0.0)
    compared = entries("softmax", f"{file}:Explosive")
    return dataclasses.replace(tiny, entries=compared, optimizer=optimizer, training=training)


def test_a_rate_that_diverges_is_kept_and_not_chosen(risky, store, costs):
    comparison = dataclasses.replace(risky, grid=(1e-3, 0.1))

    pieces = all_of(comparison, store)
    row = tabulate(comparison, store, dict.fromkeys(comparison.labels, costs["softmax"])).rows[1]

    assert pieces[-1].done == pieces[-1].total
    assert [trial.outcome for trial in row.trials] == ["finished", "diverged"]
    assert (row.chosen, row.failures) == (1e-3, 0)


def test_a_mechanism_that_always_diverges_costs_no_other(risky, store, costs):
    comparison = dataclasses.replace(risky, grid=(0.1,))

    pieces = all_of(comparison, store)
    softmax, explosive = tabulate(comparison, store, dict.fromkeys(comparison.labels, costs["softmax"])).rows

    assert pieces[-1].done == pieces[-1].total
    assert (softmax.failures, explosive.failures, explosive.mean) == (0, 3, None)
    assert [seed.outcome for seed in explosive.seeds] == ["diverged"] * 3
    assert explosive.difference.verdict == "undecided"
    assert readings_of_test(store) == [0, 0, 0, 1, 1, 1]


def test_what_cannot_take_part_is_refused_before_anything_is_trained(make, store):
    comparison = make(task=Spec.of("recall"), entries=entries("softmax", "fourier"))

    with pytest.raises(UnsupportedUse, match="fourier"):
        all_of(comparison, store)

    assert store.runs() == []


class OrderedPool(Pool):
    """Performs what waits in an order of its own: `choose` names the next among so many."""

    def __init__(self, choose):
        super().__init__(CPU)
        self.inner = SerialPool(CPU)
        self.choose = choose
        self.waiting = []

    def submit(self, job):
        self.waiting.append(job)

    def report(self):
        while self.waiting:
            self.inner.submit(self.waiting.pop(self.choose(len(self.waiting))))
            yield from self.inner.report()

    def close(self):
        self.inner.close()


@pytest.mark.long
def test_the_result_does_not_depend_on_the_order_of_the_work(tiny, store, tmp_path, costs):
    all_of(tiny, store)
    expected = tabulate(tiny, store, costs)
    for seed in range(3):
        with Store(tmp_path / f"order {seed}") as other, OrderedPool(random.Random(seed).randrange) as pool:
            pieces = list(conduct(tiny, other, pool))
            assert [piece.done for piece in pieces] == list(range(1, pieces[0].total + 1))
            assert tabulate(tiny, other, costs) == expected


def test_a_mechanism_whose_grid_is_tried_does_not_wait_for_another(tiny, store):
    """No worker idles at the border of two phases."""
    with OrderedPool(lambda waiting: waiting - 1) as pool:
        phases = [(piece.label, piece.phase) for piece in conduct(tiny, store, pool)]
    assert phases.index(("uniform", "test")) < phases.index(("softmax", "grid"))


@pytest.mark.long
def test_several_seeds_at_once_are_one_job_and_the_same_comparison(tiny, store, tmp_path, costs):
    all_of(tiny, store)
    with Store(tmp_path / "packed") as packed:
        pieces = all_of(tiny, packed, execution=Execution(device="cpu", seeds_at_once=2))
        assert pieces[-1].done == pieces[-1].total
        assert {run.digest for run in packed.runs()} == {run.digest for run in store.runs()}
        means = [[row.mean for row in tabulate(tiny, each, costs).rows] for each in (store, packed)]
    assert means[0] == pytest.approx(means[1], abs=0.02)


def test_seeds_that_cannot_be_trained_at_once_are_refused_before_anything_is_trained(tiny, store):
    dropping = dataclasses.replace(tiny, model=dataclasses.replace(tiny.model, dropout=0.1))
    with pytest.raises(InvalidOption, match="dropout"):
        all_of(dropping, store, execution=Execution(device="cpu", seeds_at_once=2))
    assert store.runs() == []


def test_seeds_are_added_look_by_look_and_an_interruption_between_changes_nothing(
    tiny, store, tmp_path, costs, monkeypatch
):
    # two steps of training beat no chance but that of 0, and of what guesses no seeds are added
    monkeypatch.setattr(type(TASKS.build("digits")), "chance", 0.0)
    comparison = dataclasses.replace(tiny, seeds="auto:6", grid=(0.001,))
    with Store(tmp_path / "whole") as whole:
        pieces = all_of(comparison, whole)
        expected = tabulate(comparison, whole, costs)

    until(comparison, store, 21)
    all_of(comparison, store)

    # two steps of training decide nothing: both looks, at 5 and at 6 seeds, are needed
    assert [len(row.seeds) for row in expected.rows] == [6, 6]
    assert [piece.done for piece in pieces] == list(range(1, pieces[0].total + 1))
    assert Counter(piece.phase for piece in pieces) == {"grid": 2, "seeds": 10, "test": 12}
    assert tabulate(comparison, store, costs) == expected
