import pytest
import torch
from given_scores import read_by_scores
from row_by_row import SIZE, counted_matmul_flops, drawn_for, in_pieces, masks, one_by_one, under
from torch.testing import assert_close

from regard.attention import Mask, Size
from regard.core.errors import UnsupportedUse
from regard.mechanisms.synthesizer import Synthesizer

PARTS = "causal", "keys", "edges", "window", "start", "slopes", "table", "dense"


def build(size=SIZE, **options):
    torch.manual_seed(0)
    synthesizer = Synthesizer(size, **options)
    for bias in (synthesizer.hidden_bias, synthesizer.outer_bias):
        torch.nn.init.normal_(bias)
    return synthesizer.double()


def scores(synthesizer, q, m):
    """Of one query after the other."""
    out = torch.zeros(*q.shape[:3], m, dtype=torch.float64)
    for b, h, i in ((*place,) for place in torch.ones(q.shape[:3]).nonzero().tolist()):
        hidden = (q[b, h, i] @ synthesizer.hidden[h] + synthesizer.hidden_bias[h, 0]).clamp_min(0)
        outer = hidden @ synthesizer.outer[h] + synthesizer.outer_bias[h, 0]
        for j in range(m):
            row, column = j // synthesizer.columns, j % synthesizer.columns
            both = outer[row] * outer[synthesizer.rows + column] if synthesizer.factored else outer[j]
            out[b, h, i, j] = both
    return out.detach()


@pytest.mark.parametrize("factored", [False, True])
@pytest.mark.parametrize("m", [9, 12])
@under(*PARTS)
def test_a_small_network_of_the_query_scores_every_place(part, m, factored):
    synthesizer, mask = build(factored=factored), masks(*PARTS, n=9, m=m)[part]
    streams = drawn_for(synthesizer, 9, m)
    expected = read_by_scores(scores(synthesizer, streams.q, m), streams.v, mask)

    assert_close(synthesizer(streams, mask), expected, atol=1e-6, rtol=1e-6)
    assert_close(synthesizer.weights(streams, mask) @ streams.v, synthesizer(streams, mask))


@pytest.mark.parametrize(("length", "parts"), [(1, (1, 1)), (12, (4, 3)), (16, (4, 4)), (17, (5, 4))])
def test_the_parts_of_a_factored_one_cover_the_length_and_hardly_more(length, parts):
    synthesizer = Synthesizer(Size(2, 5, 3, length), factored=True)

    assert (synthesizer.rows, synthesizer.columns) == parts
    assert synthesizer.outer.shape == (2, 5, sum(parts))


@pytest.mark.parametrize("factored", [False, True])
def test_a_length_that_is_no_product_is_scored_to_its_end(factored):
    synthesizer = build(Size(2, 5, 3, 13), factored=factored)
    streams = drawn_for(synthesizer, 13)

    expected = read_by_scores(scores(synthesizer, streams.q, 13), streams.v, Mask())
    assert_close(synthesizer(streams), expected)


@pytest.mark.parametrize("factored", [False, True])
def test_any_cut_into_pieces_is_causal_attention(factored):
    synthesizer = build(factored=factored)
    streams = drawn_for(synthesizer, 9)
    whole = synthesizer(streams, Mask(causal=True))

    assert_close(one_by_one(synthesizer, streams), whole)
    assert_close(in_pieces(synthesizer, streams, [5, 4]), whole)


def test_more_positions_than_it_was_built_for_are_refused():
    with pytest.raises(UnsupportedUse, match="at most 16 positions, not 17"):
        build()(drawn_for(build(), 17))


@pytest.mark.parametrize("factored", [False, True])
def test_the_formula_counts_the_products(factored):
    synthesizer = Synthesizer(SIZE, factored=factored)

    assert synthesizer.cost(6, 11).matmul_flops == counted_matmul_flops(synthesizer, 6, 11)
