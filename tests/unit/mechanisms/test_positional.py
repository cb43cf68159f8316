import pytest
import torch
from given_scores import read_by_scores
from row_by_row import SIZE, counted_matmul_flops, drawn_for, in_pieces, masks, one_by_one, under
from torch.testing import assert_close

from regard.attention import Mask, Size
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.mechanisms.positional import Positional

PARTS = "causal", "keys", "edges", "window", "start", "slopes", "table", "dense"


def build(**options):
    torch.manual_seed(0)
    return Positional(SIZE, **options).double()


def scores(positional, n, m, start):
    """Of one pair after the other."""
    out = torch.zeros(2, n, m, dtype=torch.float64)
    for h, i, j in out.add(1).nonzero().tolist():
        if positional.rank is None:
            out[h, i, j] = positional.map[h, start + i, j]
        else:
            out[h, i, j] = positional.rows[h, start + i] @ positional.columns[h, j]
    return out.detach().expand(2, 2, n, m)


@pytest.mark.parametrize("rank", [None, 3])
@pytest.mark.parametrize("m", [9, 12])
@under(*PARTS)
def test_a_learned_number_for_each_pair_of_positions_is_its_score(part, m, rank):
    positional, mask = build(rank=rank), masks(*PARTS, n=9, m=m)[part]
    streams = drawn_for(positional, 9, m)
    of_pairs = scores(positional, 9, m, mask.start)

    assert_close(positional(streams, mask), read_by_scores(of_pairs, streams.v, mask), atol=1e-6, rtol=1e-6)
    assert_close(positional.weights(streams, mask) @ streams.v, positional(streams, mask))


def test_it_reads_no_content():
    positional = build()
    one, other = drawn_for(positional, 9, seed=0), drawn_for(positional, 9, seed=1)

    assert torch.equal(positional.weights(one, Mask()), positional.weights(other, Mask()))
    assert [(name, stream.features) for name, stream in positional.declared.items()] == [("q", 0), ("v", 3)]


@pytest.mark.parametrize("rank", [None, 1, 4])
def test_any_cut_into_pieces_is_causal_attention(rank):
    positional = build(rank=rank)
    streams = drawn_for(positional, 9)
    whole = positional(streams, Mask(causal=True))

    assert_close(one_by_one(positional, streams), whole)
    assert_close(in_pieces(positional, streams, [5, 4]), whole)


@pytest.mark.parametrize("rank", [None, 1, 16])
def test_the_map_starts_with_variance_1(rank):
    torch.manual_seed(0)
    positional = Positional(Size(4, 4, 4, 128), rank=rank)
    entries = positional.score(torch.empty(1, 4, 128, 0), 0, 128)

    assert entries.var().item() == pytest.approx(1, rel=0.3)


def test_more_positions_than_the_map_has_and_ranks_below_1_are_refused():
    with pytest.raises(UnsupportedUse, match="at most 16 positions, not 17"):
        build()(drawn_for(build(), 17))
    with pytest.raises(InvalidOption, match="positional: rank must be from 1 to 65,536, not 0"):
        Positional(SIZE, rank=0)


@pytest.mark.parametrize("rank", [None, 4])
def test_the_formula_counts_the_products(rank):
    positional = Positional(SIZE, rank=rank)

    assert positional.cost(6, 11).matmul_flops == counted_matmul_flops(positional, 6, 11)
