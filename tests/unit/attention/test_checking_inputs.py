"""What laws draw: every declared stream, and masks of every declared part."""

import pytest
import torch

from regard.attention import Mask, Mechanism, Size, Stream, Streams, Traits
from regard.attention.checking.inputs import draw, keys_replaced, queries_first, replaced
from regard.attention.checking.masks import (
    causal_masks,
    declared_masks,
    each_part,
    joined,
    over_first,
    paddings,
)
from regard.attention.checking.pieces import cuts, extended
from regard.attention.mask_parts import MASK_PARTS
from regard.mechanisms.linear import Linear
from regard.mechanisms.local import Local
from regard.mechanisms.softmax import Softmax

SIZE = Size(heads=4, key_features=8, value_features=6, length=30, key_heads=2)


class Gated(Mechanism):
    traits = Traits.of_scores(source="this test", weights=False)

    def streams(self):
        gate, strength = Stream(1, of="queries"), Stream(3, of="keys", shared=True)
        return Streams(q=8, k=8, v=6, gate=gate, strength=strength)

    def forward(self, streams, mask):
        raise NotImplementedError

    def cost(self, n, m, mask=None):
        raise NotImplementedError


def test_every_declared_stream_is_drawn_with_its_heads_positions_and_features():
    drawn = draw(Gated(SIZE), n=5, m=7)

    assert {name: tuple(each.shape) for name, each in drawn.items()} == {
        "q": (2, 4, 5, 8),
        "k": (2, 2, 7, 8),
        "v": (2, 2, 7, 6),
        "gate": (2, 4, 5, 1),
        "strength": (2, 1, 7, 3),
    }


def test_streams_of_one_name_are_equal_for_all_and_of_another_seed_different():
    gated, softmax = draw(Gated(SIZE)), draw(Softmax(SIZE))

    assert all(torch.equal(getattr(gated, name), getattr(softmax, name)) for name in ("q", "k", "v"))
    assert all(
        not torch.equal(one, other) for one, other in zip(gated, draw(Gated(SIZE), seed=1), strict=True)
    )


def test_only_the_streams_of_one_side_are_replaced_or_cut():
    mechanism = Gated(SIZE)
    streams, others = draw(mechanism, n=6), draw(mechanism, n=6, seed=1)
    where = torch.arange(6).expand(2, 6) >= 4

    keys = keys_replaced(mechanism, streams, where, others)
    everything = replaced(streams, where, others)
    few = queries_first(mechanism, streams, 2)

    assert torch.equal(keys.gate, streams.gate) and torch.equal(keys.q, streams.q)
    for name in ("k", "v", "strength"):
        changed = getattr(keys, name) != getattr(streams, name)
        assert not changed[:, :, :4].any() and changed[:, :, 4:].all()
    assert (everything.gate != streams.gate)[:, :, 4:].all()
    assert few.q.shape[2] == few.gate.shape[2] == 2
    assert few.k.shape[2] == few.strength.shape[2] == 6


def test_there_is_a_mask_of_every_part_and_of_nothing_else():
    masks = each_part(SIZE, 2, 20, 30)

    assert set(masks) == set(MASK_PARTS)
    assert all(mask.parts == (part,) for part, mask in masks.items())


def test_only_what_fits_the_lengths_is_drawn():
    assert "start" not in each_part(SIZE, 2, 30, 30)
    assert "segments" not in each_part(SIZE, 2, 30, 20)


def test_masks_have_the_declared_parts_only_each_alone_and_all_at_once():
    local = declared_masks(Local(SIZE), n=30)

    assert set(local) >= {"no mask", "causal", "keys", "window", "slopes", "table", "causal and keys"}
    assert not {"edges", "dense"} & local.keys()
    assert set(local["all parts at once"].parts) == {
        "causal",
        "keys",
        "window",
        "segments",
        "slopes",
        "table",
    }
    both = declared_masks(Local(SIZE), Linear(SIZE), n=30)
    assert set(both) == {"no mask", "causal", "keys", "causal and keys"}


def test_masks_for_going_on_are_causal_with_padding_anywhere():
    masks = causal_masks(Local(SIZE), 30)

    assert all(mask.causal for mask in masks.values())
    assert sum("padding" in name for name in masks) == len(paddings(2, 30))


def test_joined_masks_hold_the_parts_of_all():
    mask = joined(
        Mask(causal=True), *(each_part(SIZE, 2, 20, 30)[part] for part in ("table", "dense", "keys"))
    )

    assert set(mask.parts) == {"causal", "table", "dense", "keys"}


def test_the_mask_of_the_first_queries_keeps_all_keys():
    mask = over_first(joined(*each_part(SIZE, 2, 20, 30).values()), 5)

    assert mask.misfit(2, 5, 30) is None
    assert mask.edges.shape == (2, 5, 30)
    assert mask.bias.dense.shape == (2, 4, 5, 30)


@pytest.mark.parametrize("piece, borders", [(1, [0, 1, 2, 3]), (2, [0, 2, 3]), (3, [0, 3]), (5, [0, 3])])
def test_a_sequence_is_cut_without_gap_or_overlap(piece, borders):
    assert cuts(3, piece) == borders


def test_pieces_give_one_output_and_the_state_before_each():
    linear = Linear(SIZE).double()
    mixed, states = extended(linear, draw(linear, n=10), Mask(causal=True), [0, 4, 10])

    assert mixed.shape == (2, 4, 10, 6)
    assert len(states) == 3
    assert not states[0].any() and states[1].any()
