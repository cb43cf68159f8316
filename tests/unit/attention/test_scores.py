import pytest
import torch
from row_by_row import drawn, drawn_for, in_pieces, masks

from regard.attention import Bias, Mask, Size
from regard.attention.bias import alibi_slopes
from regard.attention.kernels.fused import BLOCK
from regard.attention.kernels.scores import (
    readable_count,
    safe_rows,
    safe_softmax,
    scaled_scores,
    wide_scores,
)
from regard.mechanisms import MECHANISMS

SIZE = Size(heads=2, key_features=16, value_features=6, length=64)

ROUNDED = 0.004
"""bfloat16 rounds a result by at most 2^-8 of it; scores of bfloat16 would cost ten times as much."""

SCORING = ["softmax", "sigmoid", "entmax", "top_k", "local", "gated"]


def relative_error(narrow, exact):
    return ((narrow.double() - exact).norm() / exact.norm()).item()


def loud(mechanism, n):
    """Streams of bfloat16 with scores up to 100 and more."""
    streams = drawn_for(mechanism, n)
    return streams.replace(q=30 * streams.q).map(torch.Tensor.bfloat16)


def exactly(mechanism, streams, mask):
    return mechanism(streams.map(torch.Tensor.double), mask)


@pytest.mark.parametrize("form", ["plain", "auto"])
@pytest.mark.parametrize("mask", [Mask(), Mask(causal=True), Mask(bias=Bias(slopes=alibi_slopes(2)))])
@pytest.mark.parametrize("name", SCORING)
def test_large_scores_are_not_rounded_before_they_become_weights(name, mask, form):
    mechanism = MECHANISMS.find(name)(SIZE)
    mechanism.forced_form = form if form in mechanism.forms else None
    streams = loud(mechanism, 64)
    exact = exactly(mechanism, streams, mask)

    assert relative_error(mechanism(streams, mask), exact) < ROUNDED
    with torch.autocast("cpu", torch.bfloat16):
        assert relative_error(mechanism(streams, mask), exact) < ROUNDED


@pytest.mark.parametrize("form", ["plain", "auto"])
@pytest.mark.parametrize("name", SCORING)
def test_a_bias_over_thousands_of_positions_is_not_rounded(name, form):
    mechanism = MECHANISMS.find(name)(Size(heads=2, key_features=16, value_features=6, length=2100))
    mechanism.forced_form = form if form in mechanism.forms else None
    slopes = torch.tensor([1.0, 0.5], dtype=torch.bfloat16)
    # scores that grow with the distance as the bias falls: only their difference counts
    streams = drawn_for(mechanism, 2100).map(torch.Tensor.bfloat16)
    mask = Mask(bias=Bias(slopes=-slopes))

    assert relative_error(mechanism(streams, mask), exactly(mechanism, streams, mask)) < ROUNDED


def test_local_attention_in_bfloat16_is_the_same_all_at_once_and_step_by_step():
    mechanism = MECHANISMS.find("local")(SIZE)
    streams, mask = loud(mechanism, 64), Mask(causal=True, bias=Bias(slopes=alibi_slopes(2)))

    mixed = in_pieces(mechanism, streams, [1] * 64, mask)

    assert relative_error(mixed, mechanism(streams, mask).double()) < ROUNDED


def test_scores_are_float32_under_autocast_and_float64_stays():
    streams = drawn(8).map(torch.Tensor.float)
    size = Size(heads=2, key_features=5, value_features=3, length=8)
    with torch.autocast("cpu", torch.bfloat16):
        assert wide_scores(streams.q, streams.k, Mask(), size).dtype == torch.float32
    wide = streams.map(torch.Tensor.double)
    assert wide_scores(wide.q, wide.k, Mask(), size).dtype == torch.float64


@pytest.mark.parametrize("n, m", [(6, 6), (4, 9), (9, 4), (1, 5), (5, 1)])
def test_a_mask_that_leaves_a_row_empty_says_so(n, m):
    everything = masks("causal", "keys", "edges", "window", "segments", "start", n=n, m=m)
    for name, mask in everything.items():
        allowed = mask.allowed(n, m)
        if allowed is not None and not allowed.expand(-1, -1, n, m).any(-1).all():
            assert mask.may_hide_all(n, m), name


TABLED = [name for name in MECHANISMS.names() if MECHANISMS.find(name).traits.table]


@pytest.mark.parametrize("name", TABLED)
def test_a_table_that_forbids_all_that_a_query_reaches_leaves_it_0_and_finite_gradients(name):
    mechanism = MECHANISMS.find(name)(SIZE).double()
    streams = drawn_for(mechanism, 12).map(lambda each: each.requires_grad_())
    no_one_itself = torch.zeros(SIZE.h, 5, dtype=torch.float64)
    no_one_itself[:, 2] = -torch.inf

    mixed = mechanism(streams, Mask(causal=True, bias=Bias(table=no_one_itself)))

    assert (mixed[:, :, 0] == 0).all()
    assert mixed.isfinite().all()
    leaves = [*streams, *mechanism.parameters()]
    # what is blind to content reads no queries and keys
    slopes = torch.autograd.grad(mixed.square().sum(), leaves, allow_unused=True, materialize_grads=True)
    assert all(slope.isfinite().all() for slope in slopes)


def test_empty_rows_are_looked_for_only_where_there_can_be_some():
    seen = []

    def remember(rows):
        seen.append(rows)
        return rows

    scores = torch.randn(1, 1, 4, 4)
    safe_rows(remember, scores, Mask(causal=True, window=2, segments=torch.zeros(1, 4, dtype=torch.long)))
    assert seen[-1] is scores
    safe_rows(remember, scores, Mask(keys=torch.ones(1, 4, dtype=torch.bool)))
    assert seen[-1] is not scores


@pytest.mark.parametrize("mask", [None, Mask(keys=torch.zeros(1, 4, dtype=torch.bool))])
def test_a_row_of_nothing_gives_0_and_a_finite_gradient(mask):
    scores = torch.full((1, 1, 2, 4), -torch.inf, requires_grad=True)

    weights = safe_softmax(scores, mask)
    weights.sum().backward()

    assert (weights == 0).all()
    assert scores.grad.isfinite().all()


def test_scaled_scores_have_the_type_of_the_queries():
    narrow = drawn(8).map(torch.Tensor.bfloat16)
    size = Size(heads=2, key_features=5, value_features=3, length=8)

    weights = safe_softmax(scaled_scores(narrow.q, narrow.k, Mask(), size))

    assert (weights @ narrow.v).dtype == torch.bfloat16


@pytest.mark.parametrize("part", ["no mask", "causal", "keys", "edges", "window", "segments", "start"])
def test_readable_keys_are_counted_across_blocks_of_queries(part):
    n, m = BLOCK + 3, BLOCK + 5
    mask = masks(part, n=n, m=m)[part] if part != "no mask" else Mask()
    allowed = mask.allowed(n, m)
    everything = torch.ones(2, 1, n, m, dtype=torch.bool)

    count = readable_count(mask, n, m).expand(2, 1, n, 1)

    expected = (everything if allowed is None else everything & allowed).sum(-1, keepdim=True)
    assert torch.equal(count, expected)
