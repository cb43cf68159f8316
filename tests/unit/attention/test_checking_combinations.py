"""Masks of several parts at once, seen example by example, and what an output tells of who reads whom."""

import dataclasses

import pytest
import torch

from regard.attention import Bias, Mask
from regard.attention.checking.combinations import BATCH, allowed_pairs, combined_masks, read_rows
from regard.attention.checking.examples import each_example, mixed_together, one_example, repeated, tensors_of
from regard.attention.checking.influence import influence
from regard.attention.checking.inputs import draw
from regard.attention.laws import MechanismSubject
from regard.mechanisms.identity import Identity
from regard.mechanisms.linear import Linear
from regard.mechanisms.softmax import Softmax

N = 12


@pytest.fixture
def softmax():
    subject = MechanismSubject(Softmax)
    return subject.build(subject.size(N))


def test_every_pair_of_declared_parts_is_combined_and_no_other(softmax):
    subject = MechanismSubject(Linear)
    linear = subject.build(subject.size(N))

    assert set(combined_masks(linear, N, N)) == {"causal", "keys", "causal and keys"}
    # eight parts of as many queries as keys: with a start there would be more keys
    # and causal, padded masks with each of the six others
    assert len(combined_masks(softmax, N, N)) == 8 + 8 * 7 // 2 + 6 + 1


def test_a_start_is_neither_the_first_key_nor_the_last_that_there_is_room_for(softmax):
    start = combined_masks(softmax, 5, N)["start"].start

    assert 0 < start < N - 5


def test_a_document_may_go_on_behind_another_one(softmax):
    numbers = combined_masks(softmax, N, N)["segments"].segments[2].tolist()

    assert numbers[0] == numbers[-1] != numbers[4]


def test_some_combinations_leave_queries_with_nothing(softmax):
    masks = combined_masks(softmax, N, N)

    empty = {name for name, mask in masks.items() if not allowed_pairs(mask, N, N)[:2].any(-1).all()}
    assert {"causal and keys", "keys and window", "keys and segments", "causal and edges"} <= empty


def test_queries_in_the_padding_are_read_by_nobody_unless_they_are_of_another_sequence():
    keys = torch.tensor([[True, False, True]]).expand(BATCH, 3)

    assert read_rows(Mask(keys=keys), 3, 3)[0].tolist() == [True, False, True]
    assert read_rows(Mask(keys=keys, start=1), 2, 3)[0].tolist() == [False, True]
    assert bool(read_rows(Mask(keys=keys), 5, 3).all())


def test_a_mask_repeated_or_cut_keeps_what_examples_share():
    dense = torch.randn(2, 3, 4, 4)
    mask = Mask(causal=True, keys=torch.tensor([[True] * 4, [False] * 4]), bias=Bias(dense=dense))

    twice, second = repeated(mask, 2), one_example(mask, 1)

    assert twice.keys[:, 0].tolist() == [True, True, False, False] and twice.causal
    assert torch.equal(twice.bias.dense[2:], dense[1:].expand(2, -1, -1, -1))
    assert second.keys.tolist() == [[False] * 4] and second.bias.dense.shape == (1, 3, 4, 4)


@pytest.mark.parametrize("name", ["no mask", "causal", "all parts at once"])
def test_several_inputs_mixed_together_give_what_each_gives(softmax, name):
    several = [draw(softmax, seed=seed, b=BATCH, n=N) for seed in range(3)]
    mask = combined_masks(softmax, N, N).get(name, Mask())

    together = mixed_together(softmax, several, mask)

    for inputs, mixed in zip(several, together, strict=True):
        torch.testing.assert_close(mixed, softmax(inputs, mask))


def test_a_bias_that_all_examples_share_is_no_part_of_an_example():
    mask = Mask(bias=Bias(slopes=torch.ones(2), dense=torch.ones(2, 3, 3)))

    assert each_example(mask, lambda part: 0 * part).bias.dense is mask.bias.dense
    assert len(tensors_of(mask)) == 2


@pytest.mark.parametrize("name", ["causal and window", "keys and segments", "edges and slopes"])
def test_what_influences_an_output_is_what_the_mask_allows(softmax, name):
    inputs, others = (draw(softmax, seed=seed, b=BATCH, n=N) for seed in (0, 1))
    mask = combined_masks(softmax, N, N)[name]

    seen = influence(softmax, inputs, others, mask) > 1e-9

    assert torch.equal(seen, allowed_pairs(mask, N, N).unsqueeze(1).expand_as(seen))


def test_who_reads_only_itself_is_influenced_by_nobody_else():
    subject = MechanismSubject(Identity)
    mechanism = subject.build(subject.size(N))
    inputs, others = (draw(mechanism, seed=seed, b=1, n=N) for seed in (0, 1))

    seen = influence(mechanism, inputs, others, Mask()) > 0

    assert torch.equal(seen, torch.eye(N, dtype=torch.bool).expand_as(seen))


def test_a_mask_of_some_queries_hides_from_them_what_the_whole_hides(softmax):
    for mask in combined_masks(softmax, N, N).values():
        some = mask.queries(3, 8)
        expected = allowed_pairs(mask, N, N)[:, 3:8]
        assert torch.equal(allowed_pairs(some, 5, N), expected)
        if mask.added(N, N) is not None:
            assert torch.equal(some.added(5, N), mask.added(N, N)[..., 3:8, :])


def test_blocks_of_queries_give_what_all_at_once_give(monkeypatch, softmax):
    inputs = draw(softmax, b=BATCH, n=N)
    masks = combined_masks(softmax, N, N)
    expected = {name: softmax(inputs, mask) for name, mask in masks.items()}

    monkeypatch.setattr("regard.attention.kernels.fused.BLOCK", 5)

    for name, mask in masks.items():
        torch.testing.assert_close(softmax(inputs, mask), expected[name])


def test_the_trait_of_a_mask_part_decides_whether_it_is_combined(softmax):
    softmax.traits = dataclasses.replace(softmax.traits, edges=False, table=False)

    assert not [name for name in combined_masks(softmax, N, N) if "edges" in name or "table" in name]
