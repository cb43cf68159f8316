"""How many seeds verdicts ask for, from a store that was filled by hand."""

import math

import numpy as np
import pytest
from by_hand import ended, examined

from regard.comparison import conduct, tabulate
from regard.comparison.asked import asked_runs, standard_of
from regard.comparison.plan import paired_runs
from regard.core.errors import InvalidOption
from regard.core.execution import Execution
from regard.experiment import SerialPool
from regard.report.summary import conclude
from regard.tasks import TASKS

NOISE = np.random.default_rng(0).normal(0, 0.01, (3, 12))
MEANS = {"softmax": 0.95, "linear": 0.95, "uniform": 0.5}


@pytest.fixture
def filled(make, store):
    """A comparison with seeds=auto:12 of which the store knows so many seeds of every entry."""

    def filled(seeds, means=MEANS):
        comparison = make(seeds="auto:12", grid=(0.003,))
        for entry, noise in zip(comparison.entries, NOISE, strict=True):
            for run in [comparison.run(entry, 0.003, seed) for seed in range(seeds)]:
                ended(store, run, {20: 0.5, 40: 0.9})
                examined(store, run, means[run.mechanism] + float(noise[run.seed]))
        return comparison

    return filled


def counts(comparison, store):
    standard = standard_of(comparison, TASKS.build("digits"))
    return {label: len(runs) for label, runs in asked_runs(comparison, store, standard).items()}


def test_what_is_decided_gets_no_further_seeds_and_the_baseline_goes_on_with_what_is_open(filled, store):
    assert counts(filled(5), store) == {"softmax": 8, "linear": 8, "uniform": 5}


def test_nothing_is_asked_beyond_a_look_that_has_not_been_read(filled, store):
    assert counts(filled(3), store) == {"softmax": 5, "linear": 5, "uniform": 5}


def test_runs_of_an_earlier_comparison_are_gone_on_with_and_further_ones_are_not_read(filled, store, costs):
    comparison = filled(12)

    result = tabulate(comparison, store, costs)

    assert {row.label: len(row.seeds) for row in result.rows} == {"softmax": 12, "linear": 12, "uniform": 5}
    found = {row.label: row.difference for row in result.rows if row.difference}
    assert (found["uniform"].verdict, found["uniform"].decided_at) == ("worse", 5)
    assert (found["linear"].verdict, found["linear"].decided_at) == ("undecided", None)
    assert found["linear"].seeds_needed > 12
    assert result.looks == (5, 8, 12)


@pytest.mark.long
def test_a_comparison_that_needs_no_work_says_that_all_is_done(filled, store):
    comparison = filled(12)
    with SerialPool(Execution(device="cpu")) as pool:
        pieces = list(conduct(comparison, store, pool))

    assert pieces[-1].done == pieces[-1].total
    assert len(pieces) < pieces[-1].total  # the seeds that uniform does not need fell away


GUESSING = dict.fromkeys(MEANS, 0.1)


def test_nobody_gets_further_seeds_where_nothing_was_learned(filled, store, costs):
    comparison = filled(12, GUESSING)

    assert counts(comparison, store) == {"softmax": 5, "linear": 5, "uniform": 5}
    result = tabulate(comparison, store, costs)
    assert {row.difference.seeds_needed for row in result.rows if row.difference} == {None}
    said = "No further seeds for uniform and linear: neither they nor softmax are shown to beat chance."
    assert said in " ".join(str(result).split())
    assert said in conclude(result).sentences


def test_of_a_baseline_that_guesses_only_who_has_learned_is_told_apart_by_further_seeds(make, store):
    comparison = make(seeds="auto:12", grid=(0.003,))
    for entry, noise in zip(comparison.entries, 10 * NOISE, strict=True):
        for run in [comparison.run(entry, 0.003, seed) for seed in range(5)]:
            ended(store, run, {20: 0.5, 40: 0.9})
            score = 0.1 + float(noise[run.seed]) if run.mechanism != "linear" else 0.16
            examined(store, run, max(0.0, score))

    assert counts(comparison, store) == {"softmax": 8, "linear": 8, "uniform": 5}


def test_whoever_failed_with_every_seed_gets_no_more(filled, make, store):
    comparison = make(seeds="auto:12", grid=(0.003,))
    for entry, noise in zip(comparison.entries, NOISE, strict=True):
        for run in paired_runs(comparison, entry, store)[:5]:
            ended(store, run, {20: 0.5}, "diverged" if run.mechanism == "linear" else "finished")
            if run.mechanism != "linear":
                examined(store, run, MEANS[run.mechanism] + float(noise[run.seed]))

    assert counts(comparison, store) == {"softmax": 5, "linear": 5, "uniform": 5}


@pytest.mark.parametrize(
    ("seeds", "looks"),
    [
        (5, (5,)),
        ("auto", (5, 8, 12, 20)),
        ("auto:5", (5,)),
        ("auto:10", (5, 8, 10)),
        ("auto:100", (5, 8, 12, 20, 32, 50, 80, 100)),
    ],
)
def test_the_looks_are_fixed_beforehand(make, seeds, looks):
    assert make(seeds=seeds).looks == looks


def test_auto_is_auto_20_with_the_same_digest(make):
    assert make(seeds="auto").digest == make(seeds="auto:20").digest != make(seeds=20).digest


@pytest.mark.parametrize(
    "seeds", ["auto:4", "auto:101", "auto:", "auto:x", "20", "auto:10000000000", 10**7, 5.0, math.nan]
)
def test_seeds_that_are_no_number_of_seeds_are_refused_in_one_line(make, seeds):
    with pytest.raises(InvalidOption, match="seeds") as refusal:
        make(seeds=seeds)
    assert "\n" not in str(refusal.value)
