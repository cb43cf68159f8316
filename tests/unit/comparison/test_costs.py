"""What models cost: measured apart, in rounds, and a part that fails costs only its own cells."""

import dataclasses
import time

import pytest
from by_hand import entries

from regard.comparison import costs, measure_costs, tabulate
from regard.comparison.labels import label_of
from regard.core.execution import Execution
from regard.core.results import ComparisonResult
from regard.core.settings import ModelSettings, TrainingSettings

OWN = """
import os, time
import torch
from regard import Cost, Mechanism, Traits

class Backward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values, how):
        ctx.how = how
        return values.clone()

    @staticmethod
    def backward(ctx, gradient):
        if ctx.how == "raises":
            raise ValueError("no way\\nback")
        if ctx.how == "exits":
            os._exit(0)
        if ctx.how == "sleeps":
            time.sleep(60)
        return gradient, None

class Own(Mechanism):
    traits = Traits(source="mine", time="n", memory="n")

    def __init__(self, size, *, how: str):
        super().__init__(size)
        self.how = how

    def forward(self, streams, mask):
        if self.how == "prints":
            print("I am here")
        return Backward.apply(streams.v, self.how)

    def cost(self, n, m, mask):
        if self.how == "uncounted":
            raise KeyError("cost")
        return Cost(matmul_flops=0, state_numbers=0)
"""


@pytest.fixture
def own(make, tmp_path, monkeypatch):
    """A comparison of softmax with one's own mechanism."""
    monkeypatch.setattr(costs, "ROUNDS", 2)
    file = tmp_path / "own.py"
    file.write_text(OWN)

    def own(how):
        (softmax, mine) = entries("softmax", f"{file}:Own")
        mine = dataclasses.replace(
            mine, mechanisms=(dataclasses.replace(mine.mechanisms[0], options=(("how", how),)),)
        )
        return make(
            entries=(softmax, mine),
            model=ModelSettings(layers=1, features=8, heads=1, hidden=8, patch=4),
            training=TrainingSettings(epochs=1, steps=2, batch=16),
        )

    return own


FIGURES = (
    "parameters",
    "flops",
    "latency_ms",
    "throughput_per_s",
    "inference_peak_bytes",
    "training_peak_bytes",
)


def figures(cost):
    return {name for name in FIGURES if getattr(cost, name) is not None}


@pytest.mark.parametrize(
    ("how", "lacking", "reason"),
    [
        ("raises", {"training_peak_bytes"}, "memory of training: ValueError: no way back"),
        ("exits", {"training_peak_bytes"}, "memory of training: Its process ended by itself with status 0."),
        ("sleeps", {"training_peak_bytes"}, "memory of training: It exceeded its time limit of 5 seconds."),
        ("uncounted", {"flops"}, "FLOPs: KeyError: 'cost'"),
    ],
)
def test_a_cost_that_fails_is_an_empty_cell_with_its_reason_and_costs_no_other(own, how, lacking, reason):
    start = time.monotonic()
    softmax, mine = measure_costs(own(how), Execution(device="cpu", timeout_seconds=5)).values()

    assert (softmax.missing, figures(softmax)) == (None, set(FIGURES))
    assert figures(mine) == set(FIGURES) - lacking
    assert mine.missing == reason
    assert time.monotonic() - start < 30


def test_what_is_missing_is_kept_and_shown(own, store, performed, make, costs):
    comparison = make()
    performed(comparison)
    broken = dataclasses.replace(
        costs["linear"], training_peak_bytes=None, latency_ms=None, missing="times: no"
    )
    result = tabulate(comparison, store, costs | {"linear": broken})

    again = ComparisonResult.from_json(result.to_json())
    assert again.rows == result.rows
    assert {row.label: row.cost.missing for row in again.rows}["linear"] == "times: no"


def test_times_are_taken_in_rounds_in_each_of_which_every_model_has_its_turn(own, monkeypatch):
    order = []

    class Clock:
        @classmethod
        def of(cls, comparison, execution):
            return cls()

        execution = Execution(device="cpu")

        def weigh(self, entry, first):
            return [{}] * 4

        def time(self, entry):
            order.append(label_of(entry))
            return (len(order) * 1e-3, 1e-4)

    monkeypatch.setattr(costs, "Bench", Clock)
    comparison = own("prints")
    softmax, mine = measure_costs(comparison).values()

    assert order == [*comparison.labels, *comparison.labels]
    assert (softmax.latency_low_ms, softmax.latency_ms, softmax.latency_high_ms) == pytest.approx((1, 2, 3))
    assert mine.latency_ratio == pytest.approx((2 / 1 + 4 / 3) / 2)
    assert softmax.throughput_per_s == pytest.approx(1e4)
    assert "2 rounds" in softmax.conditions


def test_a_model_whose_times_cannot_be_taken_is_not_tried_again_and_the_baseline_of_ratios_may_be_it(
    own, monkeypatch
):
    from regard.core.errors import RegardError  # noqa: PLC0415

    tried = []

    def time_of(bench, entry):
        tried.append(label_of(entry))
        if label_of(entry) == "softmax":
            raise RegardError("too slow.")
        return (1e-3, 1e-4)

    monkeypatch.setattr(costs.Bench, "time", time_of)
    monkeypatch.setattr(costs.Bench, "weigh", lambda *_: [{}] * 4)
    softmax, mine = measure_costs(own("prints")).values()

    assert tried.count("softmax") == 1
    assert (softmax.latency_ms, softmax.missing) == (None, "times: too slow.")
    assert (mine.latency_ms, mine.latency_ratio) == (pytest.approx(1.0), None)


def test_measuring_shows_no_warning_that_the_notes_have(make, capfd):
    turned = ModelSettings(layers=1, features=8, heads=1, hidden=8, patch=4, positions="rotary")

    measure_costs(make(entries=entries("performer", "softmax"), model=turned), Execution(device="cpu"))

    assert "Warning" not in capfd.readouterr().err
