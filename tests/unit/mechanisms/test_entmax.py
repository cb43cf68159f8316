import math

import pytest
import torch
from row_by_row import (
    EVERY_PART,
    SIZE,
    collecting,
    counted_matmul_flops,
    drawn,
    exponential,
    in_pieces,
    masks,
    one_by_one,
    read_by_row,
    under,
)
from torch import Tensor

from regard.attention import Mask, Streams
from regard.core.errors import InvalidOption
from regard.mechanisms.entmax import SORTED, Entmax


def entmax_by_threshold(scores, alpha):
    """max(0, (alpha - 1) s - t)^(1 / (alpha - 1)), where t is found by halving such that the sum is 1."""
    if alpha == 1:
        return exponential(scores)
    scaled = (alpha - 1) * scores
    low, high = scaled.max() - 1, scaled.max()
    for _ in range(200):
        middle = (low + high) / 2
        total = (scaled - middle).clamp_min(0).pow(1 / (alpha - 1)).sum()
        low, high = (middle, high) if total > 1 else (low, middle)
    return (scaled - low).clamp_min(0).pow(1 / (alpha - 1))


def sparsemax_by_sorting(scores):
    """Martins & Astudillo 2016, algorithm 1."""
    ordered = sorted(scores.tolist(), reverse=True)
    size = max(k for k in range(1, len(ordered) + 1) if 1 + k * ordered[k - 1] > sum(ordered[:k]))
    threshold = (sum(ordered[:size]) - 1) / size
    return (scores - threshold).clamp_min(0)


class HiddenAsZero(Entmax):
    """Planted: a hidden key gets the score 0 instead of minus infinity."""

    def normalize(self, scores, mask):
        return super().normalize(scores.masked_fill(scores == -torch.inf, 0), mask)


@pytest.mark.parametrize("alpha", [1, 1.001, 1.25, 1.5, 1.75, 2])
@under(*EVERY_PART)
def test_it_is_the_entmax_of_the_scores(part, alpha):
    streams, mask = drawn(8, 10), masks(*EVERY_PART, n=8, m=10)[part]
    expected = read_by_row(streams, mask, lambda scores: entmax_by_threshold(scores, alpha))

    torch.testing.assert_close(Entmax(SIZE, alpha=alpha)(streams, mask), expected)


@pytest.mark.parametrize("alpha", [1.5, 2])
def test_rows_that_read_far_more_keys_than_are_sorted_at_first_are_exact(alpha):
    streams, mask = drawn(3, 150, scale=0.1), masks("keys", n=3, m=150)["keys"]
    entmax = Entmax(SIZE, alpha=alpha)
    expected = read_by_row(streams, mask, lambda scores: entmax_by_threshold(scores, alpha))

    assert (entmax.weights(streams, mask) > 0).sum(-1).max() > 2 * SORTED
    torch.testing.assert_close(entmax(streams, mask), expected)


def test_alpha_2_is_sparsemax():
    streams = drawn(8)
    expected = read_by_row(streams, Mask(), sparsemax_by_sorting)

    torch.testing.assert_close(Entmax(SIZE, alpha=2)(streams), expected)


def test_a_hidden_key_with_a_score_is_caught():
    streams, mask = drawn(8), masks("keys", n=8)["keys"]
    expected = read_by_row(streams, mask, lambda scores: entmax_by_threshold(scores, 1.5))

    assert not torch.allclose(HiddenAsZero(SIZE)(streams, mask), expected)


def test_the_larger_alpha_the_more_weights_are_exactly_zero():
    streams = drawn(16)
    zeros = [(Entmax(SIZE, alpha=a).weights(streams, Mask()) == 0).sum().item() for a in (1, 1.25, 1.5, 2)]

    assert zeros[0] == 0
    assert zeros == sorted(set(zeros))


@pytest.mark.parametrize("poison", [math.nan, math.inf])
@pytest.mark.parametrize("alpha", [1, 1.25, 1.5, 2])
def test_a_query_that_is_not_finite_spoils_its_own_row_and_no_other(alpha, poison):
    streams, entmax = drawn(6), Entmax(SIZE, alpha=alpha)
    spoiled = streams.replace(q=streams.q.index_fill(2, torch.tensor([3]), poison))
    mixed, expected = entmax(spoiled), entmax(streams)

    assert mixed[:, :, 3].isnan().all()
    torch.testing.assert_close(mixed[:, :, [0, 1, 2, 4, 5]], expected[:, :, [0, 1, 2, 4, 5]])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("options", [{"alpha": 1.5}, {"alpha": 2}, {"alpha": 1.25}, {"learned": True}])
def test_output_and_gradients_are_finite_with_huge_scores_and_rows_that_read_nothing(options, dtype):
    entmax = Entmax(SIZE, **options).to(dtype)
    streams = collecting(drawn(9, scale=64).map(lambda each: each.to(dtype)))
    mixed = entmax(streams, Mask(keys=torch.zeros(2, 9, dtype=torch.bool)))

    assert (mixed == 0).all()
    mixed = entmax(streams, Mask(causal=True))
    slopes = torch.autograd.grad(mixed.sum(), [*streams, *entmax.parameters()])
    assert mixed.isfinite().all()
    assert all(slope.isfinite().all() for slope in slopes)


@pytest.mark.parametrize("loudness", [1e3, 3e3, 1e6, 1e18])
@pytest.mark.parametrize("options", [{"alpha": 1.2}, {"alpha": 1.9}, {"learned": True}], ids=str)
def test_bisection_finds_the_largest_of_scores_beside_which_1_is_nothing(options, loudness):
    streams = drawn(16).map(Tensor.float)
    loud = streams.replace(q=loudness * streams.q, k=loudness * streams.k)
    largest = (streams.q @ streams.k.mT).argmax(-1)

    weights = Entmax(SIZE, **options).weights(loud, Mask())

    assert torch.equal(weights.argmax(-1), largest)
    torch.testing.assert_close(weights.amax(-1), torch.ones_like(weights.amax(-1)))


def test_a_learned_alpha_starts_where_it_is_told_and_is_one_per_head():
    torch.testing.assert_close(Entmax(SIZE, alpha=1.2, learned=True).alphas(), torch.full((2, 1, 1), 1.2))
    streams = drawn(9)
    learned, fixed = Entmax(SIZE, alpha=1.25, learned=True).double(), Entmax(SIZE, alpha=1.25)
    torch.testing.assert_close(learned(streams), fixed(streams), rtol=0, atol=1e-6)

    with torch.no_grad():
        learned.slant[1] = 20.0

    assert learned.alphas().flatten().tolist() == pytest.approx([1.25, 2.0])
    torch.testing.assert_close(learned(streams)[:, 0], fixed(streams)[:, 0], rtol=0, atol=1e-6)
    sparse = Entmax(SIZE, alpha=2)(streams)
    torch.testing.assert_close(learned(streams)[:, 1], sparse[:, 1], rtol=0, atol=1e-6)


def test_a_learned_alpha_has_the_gradient_that_two_nearby_outputs_show():
    entmax = Entmax(SIZE, learned=True).double()
    given = drawn(5), masks("keys", n=5)["keys"]

    def mixed(slant):
        return torch.func.functional_call(entmax, {"slant": slant}, given)

    assert torch.autograd.gradcheck(mixed, entmax.slant)


def test_a_learned_alpha_never_falls_to_where_its_gradient_explodes():
    entmax = Entmax(SIZE, learned=True)
    torch.nn.init.constant_(entmax.slant, -50.0)

    assert entmax.alphas().min().item() == pytest.approx(1.01)
    assert entmax(drawn(9).map(torch.Tensor.float)).isfinite().all()


@pytest.mark.parametrize("options", [{"alpha": 1.5}, {"alpha": 1.25}, {"learned": True}])
def test_any_cut_into_pieces_is_causal_attention(options):
    entmax, streams = Entmax(SIZE, **options).double(), drawn(9)
    whole = entmax(streams, Mask(causal=True))

    torch.testing.assert_close(one_by_one(entmax, streams), whole)
    torch.testing.assert_close(in_pieces(entmax, streams, [5, 4]), whole)


@pytest.mark.parametrize("alpha", [0, 0.5, 1.0001, 2.5, -1, math.nan])
def test_an_alpha_out_of_range_is_refused_in_one_line(alpha):
    with pytest.raises(
        InvalidOption, match=r"entmax: alpha must be 1 .* or from 1.001 to 2 .*, not "
    ) as error:
        Entmax(SIZE, alpha=alpha)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("alpha", [1, 1.005, 2])
def test_a_learned_alpha_must_start_inside_its_range(alpha):
    with pytest.raises(InvalidOption, match=r"entmax: a learned alpha must start between 1\.01 and 2"):
        Entmax(SIZE, alpha=alpha, learned=True)


def test_the_formula_counts_the_products():
    for options in ({}, {"learned": True}):
        entmax = Entmax(SIZE, **options)

        assert entmax.cost(6, 11).matmul_flops == counted_matmul_flops(entmax, 6, 11)


@pytest.mark.parametrize("slant", [-12.0, -5.0, 5.0, 12.0])
def test_a_learned_alpha_comes_back_from_either_end(slant):
    mechanism = Entmax(SIZE, learned=True)
    torch.nn.init.constant_(mechanism.slant, slant)

    mechanism(drawn(8), Mask()).square().sum().backward()

    assert (mechanism.alphas() > 1).all() and (mechanism.alphas() < 2).all()
    assert (mechanism.slant.grad != 0).all()


@pytest.mark.parametrize("options", [{"alpha": 1}, {"alpha": 1.3}, {}, {"alpha": 2}, {"learned": True}])
def test_it_can_be_differentiated_twice(options):
    mechanism = Entmax(SIZE, **options).double()
    streams = drawn(3).map(lambda each: each.double().requires_grad_())

    def mixed(q, k, v, *_parameters):
        return mechanism(Streams(q=q, k=k, v=v), Mask(causal=True))

    given = [*streams, *mechanism.parameters()]
    assert torch.autograd.gradcheck(mixed, given)
    assert torch.autograd.gradgradcheck(mixed, given)
