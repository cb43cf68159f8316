"""What a compared model is by construction."""

import dataclasses
import warnings

from regard.comparison.nature import nature_apart, nature_of
from regard.core.entry import Entry
from regard.core.errors import RegardWarning
from regard.core.settings import ModelSettings
from regard.core.spec import Spec
from regard.tasks.digits import Digits
from regard.tasks.recall import Recall

SMALL = ModelSettings(layers=2, features=16, heads=2, hidden=16)


def test_claims_are_those_of_the_mechanism_with_its_options():
    plain, relu = (
        nature_of(Entry((Spec.of("performer", options),)), Digits().shape, SMALL)
        for options in ({}, {"kernel": "relu"})
    )

    assert plain.traits["ties"].startswith("softmax")
    assert relu.traits["ties"] == "none"
    assert plain.source == relu.source


def test_a_hybrid_has_the_sources_of_all_and_the_claims_of_none():
    hybrid = nature_of(Entry((Spec("softmax"), Spec("linear"))), Digits().shape, SMALL)
    alone = [nature_of(Entry((Spec(name),)), Digits().shape, SMALL).source for name in ("softmax", "linear")]

    assert hybrid.source == "; ".join(alone)
    assert hybrid.traits == {}


def test_the_same_mechanism_in_every_layer_is_no_hybrid():
    twice = nature_of(Entry((Spec("softmax"), Spec("softmax"))), Digits().shape, SMALL)

    assert twice.traits["streams"] == "q, k, v"


def test_a_reader_is_told_how_far_a_model_reaches_where_it_does_not_reach_all():
    task = Recall(samples=20, held_out=10, vocabulary=32, pairs=2, length=16)

    assert nature_of(Entry((Spec("softmax"),)), task.shape, SMALL).reach is None
    told = nature_of(Entry((Spec.of("local", window=2),)), task.shape, SMALL).reach
    assert told == "a position reads 4 of 8 on average; the farthest is 4 away"


def test_the_reach_is_that_of_the_entrys_own_model():
    task = Recall(samples=20, held_out=10, vocabulary=32, pairs=2, length=16)
    local = (Spec.of("local", window=2),)

    shallow, deep = (nature_of(Entry.of(local, layers=layers), task.shape, SMALL).reach for layers in (1, 8))

    assert shallow.endswith("the farthest is 2 away")
    assert deep is None


def test_a_mechanism_that_only_runs_in_float32_has_an_unknown_reach_and_stops_nothing(tmp_path):
    file = tmp_path / "own.py"
    file.write_text(
        "import torch\n"
        "from regard import Cost, Mechanism, Streams, Traits\n"
        "class Single(Mechanism):\n"
        "    traits = Traits(source='mine', time='n', memory='n')\n"
        "    def forward(self, streams, mask):\n"
        "        return streams.v @ torch.eye(self.size.e)\n"
        "    def cost(self, n, m, mask):\n"
        "        return Cost(matmul_flops=0, state_numbers=0)\n"
    )

    told = nature_of(Entry((Spec.of(f"{file}:Single"),)), Digits().shape, SMALL).reach

    assert told.startswith("unknown, as it fails in float64: RuntimeError")
    assert "\n" not in told


def test_what_keeps_a_nature_from_being_found_is_told_in_its_place(tmp_path):
    file = tmp_path / "own.py"
    file.write_text(
        "import os, time\n"
        "from regard import Mechanism, Traits\n"
        "class Ends(Mechanism):\n"
        "    traits = Traits(source='mine', time='n', memory='n')\n"
        "    def __init__(self, size, *, how):\n"
        "        os._exit(0) if how == 'exit' else time.sleep(60)\n"
        "    def forward(self, streams, mask): ...\n"
        "    def cost(self, n, m, mask): ...\n"
    )
    known = [
        nature_apart(Entry((Spec.of(f"{file}:Ends", how=how),)), Digits().shape, SMALL, 1.0)
        for how in ("exit", "sleep")
    ]

    assert [nature.source for nature in known] == [None, None]
    assert known[0].reach == "unknown: Its process ended by itself with status 0."
    assert known[1].reach == "unknown: It exceeded its time limit of 1 seconds."


def test_settings_that_mean_less_in_a_mechanism_are_noted_once():
    settings = dataclasses.replace(SMALL, layers=2, positions="rotary")
    noted = {
        name: nature_of(Entry((Spec(name),)), Digits().shape, settings).notes
        for name in ("softmax", "linear", "uniform")
    }

    assert noted["softmax"] == ()
    assert [note[:41] for note in noted["linear"]] == ["linear does not keep rotary positions rel"]
    assert [note[:49] for note in noted["uniform"]] == ["model.positions=rotary changes nothing in uniform"]


def test_what_is_told_in_the_notes_is_shown_nowhere_else():
    turned = dataclasses.replace(SMALL, positions="rotary")

    with warnings.catch_warnings():
        warnings.simplefilter("error", RegardWarning)
        found = nature_of(Entry((Spec("performer"),)), Recall().shape, turned)

    assert any("rotary" in note for note in found.notes)
