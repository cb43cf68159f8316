"""Moves that provably change nothing have the loss of the incumbent, exactly and for nothing."""

import pytest
import torch
from posed_models import posed

from regard.attention import Mask, Size
from regard.derivative_free import Moves, Serial, Space
from regard.incremental import Delta
from regard.incremental.heads_apart import heads_apart
from regard.mechanisms import MECHANISMS
from regard.optimizers.pattern_search import PatternSearch

UNREAD = {
    "softmax": ("softmax", {}),
    "grouped keys": ("softmax", {"key_heads": 1}),
    "alibi": ("softmax", {"positions": "alibi"}),
    "gated": ("softmax", {"output_gate": True}),
}
READ = {
    "linear": ("linear", {}),
    "rotary positions": ("softmax", {"positions": "rotary"}),
    "normalized keys": ("softmax", {"qk_norm": "rms"}),
    "a convolution, which sees less at the ends": ("softmax", {"convolution": 3}),
}


def begun(loss):
    """Delta and serial, with what delta pays."""
    space, paid = Space(loss.model.named_parameters()), []
    delta, serial = Delta(space, paid.append), Serial(space)
    for each in (delta, serial):
        each.begin(loss)
    return delta, serial, paid


def biases(space, ending):
    """Moves of all numbers of the parameters whose names end so, by 0.5."""
    found = [i for i in range(space.size) if space.place(i).name.endswith(ending)]
    assert found
    return Moves(torch.tensor(found), torch.full((len(found),), 0.5, dtype=torch.float64))


@pytest.mark.parametrize(("mechanism", "options"), UNREAD.values(), ids=UNREAD)
@pytest.mark.parametrize("kind", ["encoder", "decoder"])
def test_a_key_bias_that_nothing_reads_is_not_evaluated(kind, mechanism, options):
    delta, serial, paid = begun(posed(mechanism, kind, **options))
    moves = biases(delta.space, ".k.bias")

    assert set(delta.losses(moves).tolist()) == {delta.incumbent()}
    assert sum(paid) == 1.0, "the activations of the incumbent"
    assert torch.allclose(serial.losses(moves), delta.losses(moves), rtol=1e-12, atol=0)


@pytest.mark.parametrize(("mechanism", "options"), READ.values(), ids=READ)
@pytest.mark.parametrize("kind", ["encoder", "decoder"])
def test_a_key_bias_that_is_read_is_evaluated(kind, mechanism, options):
    delta, serial, _ = begun(posed(mechanism, kind, **options))
    moves = biases(delta.space, ".k.bias")
    found = delta.losses(moves)

    assert (found != delta.incumbent()).any()
    assert torch.allclose(serial.losses(moves), found, rtol=1e-12, atol=0)


def test_behind_a_convolution_the_offset_is_what_nothing_reads():
    delta, serial, _ = begun(posed("softmax", "decoder", convolution=3))
    moves = biases(delta.space, "convolutions.k.offset")

    assert set(delta.losses(moves).tolist()) == {delta.incumbent()}
    assert torch.allclose(serial.losses(moves), delta.losses(moves), rtol=1e-12, atol=0)


def test_key_biases_are_a_part_of_the_merged_matrix():
    delta, serial, _ = begun(posed("softmax", "decoder", projections="merged"))
    moves = biases(delta.space, ".merged.bias")
    unread = delta.losses(moves) == delta.incumbent()

    assert int(unread.sum()) == 2 * 8
    assert torch.allclose(serial.losses(moves), delta.losses(moves), rtol=1e-12, atol=0)


def test_no_move_of_a_key_bias_is_accepted_under_softmax():
    loss = posed("softmax", "decoder")
    search = PatternSearch(loss.model.named_parameters(), 0, Delta, shrink=0.9, only=("*.k.bias",))
    while search.evaluations < 1000:
        search.step(loss)
    assert search.accepted == 0


def test_it_is_said_that_nothing_is_evaluated():
    delta, _, _ = begun(posed("softmax", "decoder"))
    assert delta.explain()["blocks.0.attention.projections.k.bias"].startswith("nothing")


def test_heads_that_are_apart_at_the_start_alone_are_not_taken_for_apart():
    mechanism = MECHANISMS.build("talking_heads", Size(2, 4, 4, 6))

    with torch.inference_mode():
        assert not heads_apart(mechanism, 6, Mask())
