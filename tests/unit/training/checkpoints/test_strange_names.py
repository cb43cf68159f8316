"""A parameter may have any name that torch lets it have."""

import dataclasses

import pytest
import strange_names
import torch
from training_runs import curve, described

from regard.core.errors import RegardError
from regard.core.spec import Spec
from regard.training import fit, fit_packed, load
from regard.training.checkpoints import checkpoint
from regard.training.checkpoints.checkpoint import Checkpoint

RUN = dataclasses.replace(
    described(epochs=3, rate=3e-2, model=dataclasses.replace(described().model, dropout=0.0)),
    mechanisms=(Spec(f"{strange_names.__file__}:Strange"),),
)


def strange(model):
    return {name: value for name, value in model.state_dict().items() if "/" in name or "größe" in name}


def test_its_weights_come_back_trained(tmp_path):
    curve(RUN, tmp_path)

    weights = strange(load(tmp_path))
    assert {name.rpartition("mechanism.")[2] for name in weights} == {
        "a/b", "/c", "state/0/exp_avg", "größe", "parts.one/two", "a/buffer",
    }  # fmt: skip
    learned = [value for name, value in weights.items() if not name.endswith("a/buffer")]
    assert all(value != 1 for value in learned)


def test_training_goes_on_with_it_exactly(tmp_path):
    whole = curve(RUN, tmp_path / "whole")
    for measurement in fit(RUN, tmp_path / "cut", device="cpu"):
        if measurement.step >= 6:
            break
    rest = curve(RUN, tmp_path / "cut")

    assert rest
    assert {key: whole[key] for key in rest} == rest


def test_seeds_trained_at_once_keep_it(tmp_path):
    runs = [dataclasses.replace(RUN, seed=seed) for seed in (0, 1)]
    folders = [tmp_path / "0", tmp_path / "1"]
    assert list(fit_packed(runs, folders, "cpu"))

    alone, packed = tmp_path / "alone", folders[1]
    curve(runs[1], alone)
    for name, value in strange(load(alone)).items():
        torch.testing.assert_close(strange(load(packed))[name], value)


def test_two_states_whose_paths_read_alike_are_two(tmp_path):
    rest = {"update": {"a/b": torch.zeros(1), "a": {"b": torch.ones(1)}}}
    weights = {"layer.update/a": torch.full((1,), 2.0)}
    checkpoint.write(tmp_path / "x", Checkpoint("abc", weights, rest))

    back = checkpoint.read(tmp_path / "x", "abc")
    assert (back.rest["update"]["a/b"], back.rest["update"]["a"]["b"]) == (0, 1)
    assert back.weights == {"layer.update/a": 2}


def test_a_state_that_is_no_tensor_is_refused_by_name(tmp_path):
    with pytest.raises(RegardError, match=r"'layer\._extra_state' is a dict"):
        checkpoint.write(tmp_path / "x", Checkpoint("abc", {"layer._extra_state": {}}))
