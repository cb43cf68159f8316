import dataclasses
import math

import pytest
import torch
from row_by_row import (
    EVERY_PART,
    SIZE,
    collecting,
    counted_matmul_flops,
    drawn,
    in_pieces,
    masks,
    read_by_row,
    under,
)

from regard.attention import Mask, Streams
from regard.mechanisms.softmax import Softmax


def exponentials(scores):
    shares = [math.exp(score) for score in scores.tolist()]
    return torch.tensor(shares, dtype=torch.float64) / sum(shares)


class Unscaled(Softmax):
    """Planted: the scores are not divided by the root of d."""

    def forward(self, streams, mask):
        return super().forward(streams.replace(q=streams.q * streams.q.shape[-1] ** 0.5), mask)


@pytest.mark.parametrize("form", Softmax.forms)
@pytest.mark.parametrize("m", [1, 9, 14])
@under(*EVERY_PART)
def test_it_is_the_papers_sum_row_by_row(part, m, form):
    streams, mask = drawn(9, m), masks(*EVERY_PART, n=9, m=m)[part]
    softmax = Softmax(SIZE)
    softmax.forced_form = form

    torch.testing.assert_close(softmax(streams, mask), read_by_row(streams, mask, exponentials))


def test_forgetting_the_root_of_d_is_caught():
    streams = drawn(9)

    assert not torch.allclose(Unscaled(SIZE)(streams, Mask()), read_by_row(streams, Mask(), exponentials))


@pytest.mark.parametrize("form", Softmax.forms)
def test_both_forms_have_the_gradients_of_the_dense_matrix(form):
    streams, mask = collecting(drawn(9)), masks(*EVERY_PART, n=9)["all"]
    softmax = Softmax(SIZE)
    softmax.forced_form = form

    mixed = softmax(streams, mask)
    dense = softmax.weights(streams, mask) @ streams.v

    slopes, expected = (torch.autograd.grad(out.square().sum(), [*streams]) for out in (mixed, dense))
    torch.testing.assert_close(slopes, expected)


@pytest.mark.parametrize("form", Softmax.forms)
def test_grouped_heads_are_taken_as_they_are(form):
    streams, softmax = drawn(9), Softmax(dataclasses.replace(SIZE, key_heads=1))
    softmax.forced_form = form
    one = streams.replace(k=streams.k[:, :1], v=streams.v[:, :1])
    repeated = streams.replace(k=one.k.expand(-1, 2, -1, -1), v=one.v.expand(-1, 2, -1, -1))

    torch.testing.assert_close(softmax(one), Softmax(SIZE)(repeated))


def test_another_scale_takes_the_place_of_the_root_of_d():
    streams, size = drawn(9), dataclasses.replace(SIZE, scale=0.25)
    rescaled = Streams(q=streams.q * 0.25 * math.sqrt(5), k=streams.k, v=streams.v)

    torch.testing.assert_close(Softmax(size)(streams), Softmax(SIZE)(rescaled))


@pytest.mark.parametrize(
    "part", ["causal", "keys", "edges", "window", "segments", "slopes", "table", "dense"]
)
@pytest.mark.parametrize("pieces", [[1] * 9, [4, 1, 3, 1], [9]])
def test_any_cut_into_pieces_is_the_causal_form_under_every_part_of_the_mask(pieces, part):
    softmax, streams = Softmax(SIZE), drawn(9)
    mask = masks("causal", part, n=9)["all"]

    torch.testing.assert_close(in_pieces(softmax, streams, pieces, mask), softmax(streams, mask))


def test_the_state_is_the_cache_of_keys_and_values():
    softmax, streams = Softmax(SIZE), drawn(9)

    _, state = softmax.extend(streams, Mask(causal=True), softmax.initial_state(2))

    assert torch.equal(state["k"], streams.k)
    assert torch.equal(state["v"], streams.v)
    assert sum(part[0].numel() for part in state.values()) == softmax.cost(9, 9).state_numbers


def test_its_formula_counts_both_products():
    assert Softmax(SIZE).cost(6, 11).matmul_flops == counted_matmul_flops(Softmax(SIZE), 6, 11)


def test_a_causal_mask_halves_what_the_fused_form_computes():
    whole, causal = (Softmax(SIZE).cost(64, 64, mask) for mask in (Mask(), Mask(causal=True)))

    assert causal.matmul_flops / whole.matmul_flops == pytest.approx(65 / 128)
