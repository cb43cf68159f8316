import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from row_by_row import EVERY_PART, bias_of, masks, may_read

from regard import Mask
from regard.attention import Bias
from regard.core.errors import InvalidOption

B, N = 2, 9


def dense(mask, n, m):
    """What it allows, for two examples."""
    allowed = mask.allowed(n, m)
    return (torch.ones(1, dtype=torch.bool) if allowed is None else allowed).expand(B, 1, n, m)


@given(
    n=st.integers(1, 7), m=st.integers(1, 7), causal=st.booleans(), start=st.integers(0, 3),
    window=st.none() | st.integers(0, 4), hidden=st.none() | st.sets(st.integers(0, 6)), linked=st.booleans(),
)  # fmt: skip
def test_the_dense_view_says_for_each_pair_what_the_words_say(n, m, causal, start, window, hidden, linked):
    keys = None if hidden is None else torch.tensor([[j not in hidden for j in range(m)]])
    edges = torch.tensor([[[(i + j) % 3 > 0 for j in range(m)] for i in range(n)]]) if linked else None
    allowed = Mask(causal=causal, window=window, keys=keys, edges=edges, start=start).allowed(n, m)

    view = torch.ones(1, 1, n, m, dtype=torch.bool) if allowed is None else allowed.expand(1, 1, n, m)
    for i in range(n):
        for j in range(m):
            expected = (
                (not causal or j <= start + i)
                and (window is None or abs(start + i - j) <= window)
                and (hidden is None or j not in hidden)
                and (not linked or (i + j) % 3 > 0)
            )
            assert expected is bool(view[0, 0, i, j])


def test_a_query_reads_its_own_document_only():
    mask = Mask(segments=torch.tensor([[0, 0, 1, 1, 1], [0, 1, 1, 1, 2]]))

    assert dense(mask, 5, 5)[0, 0].int().tolist() == [
        [1, 1, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [0, 0, 1, 1, 1],
        [0, 0, 1, 1, 1],
        [0, 0, 1, 1, 1],
    ]
    assert dense(mask, 5, 5)[1, 0, 4].int().tolist() == [0, 0, 0, 0, 1]


def test_documents_of_queries_are_told_by_their_places_among_the_keys():
    segments = torch.tensor([[0, 0, 1, 1, 1]])

    assert Mask(segments=segments, start=1).allowed(2, 5)[0, 0].int().tolist() == [
        [1, 1, 0, 0, 0],
        [0, 0, 1, 1, 1],
    ]


def test_an_empty_mask_needs_no_dense_view():
    assert Mask().allowed(3, 3) is None
    assert Mask().added(3, 3) is None
    assert Mask().parts == ()


def test_readable_removes_what_is_hidden_even_if_it_is_not_a_number():
    k = torch.full((1, 2, 3, 4), torch.nan)
    k[:, :, 0] = 1

    readable = Mask(keys=torch.tensor([[True, False, False]])).readable(k)

    assert readable[:, :, 0].eq(1).all()
    assert readable[:, :, 1:].eq(0).all()


WHOLE = [part for part in EVERY_PART if part != "start"]
PIECES = [(0, 9), (0, 1), (4, 5), (3, 9), (8, 9)]


@pytest.mark.parametrize(("first", "stop"), PIECES)
@pytest.mark.parametrize("part", [*WHOLE, "all"])
def test_the_rows_of_a_piece_are_those_of_the_whole_over_the_keys_so_far(part, first, stop):
    mask = masks(*WHOLE, n=N)[part]

    rows = mask.rows(first, stop)

    assert rows.start == first
    assert rows.misfit(B, stop - first, stop) is None
    assert torch.equal(dense(rows, stop - first, stop), dense(mask, N, N)[:, :, first:stop, :stop])
    for i in range(stop - first):
        for j in range(stop):
            assert may_read(rows, 1, i, j) == may_read(mask, 1, first + i, j)
            assert bias_of(rows, 1, i, j) == bias_of(mask, 1, first + i, j)


@pytest.mark.parametrize(("first", "stop"), PIECES)
@pytest.mark.parametrize("part", ["causal", "keys", "edges", "window", "segments", "all"])
def test_since_start_is_the_piece_without_the_keys_before_it(part, first, stop):
    parts = ["causal", "keys", "edges", "window", "segments"]
    rows = masks(*parts, n=N)[part].rows(first, stop)
    n = stop - first

    alone = rows.since_start

    assert alone.start == 0
    assert torch.equal(dense(alone, n, n), dense(rows, n, stop)[..., first:])


@pytest.mark.parametrize("start", [0, 2])
@pytest.mark.parametrize("window", [None, 0, 2, 50])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("n", "m"), [(5, 5), (3, 8), (8, 3), (1, 6), (9, 1)])
def test_pairs_counts_what_causal_and_window_leave(n, m, causal, window, start):
    mask = Mask(causal=causal, window=window, start=start)

    assert mask.pairs(n, m) == dense(mask, n, m)[0].sum()


def test_a_mask_that_fits_has_no_misfit_also_with_one_row_for_all_examples():
    keys, edges = torch.ones(1, 4, dtype=torch.bool), torch.ones(3, 2, 4, dtype=torch.bool)

    assert Mask(keys=keys, edges=edges, segments=torch.zeros(3, 4, dtype=torch.int64)).misfit(3, 2, 4) is None


@pytest.mark.parametrize(
    ("mask", "says"),
    [
        (Mask(keys=torch.ones(3, 5, dtype=torch.bool)), r"'keys' should be \(3, 4\) and is \(3, 5\)"),
        (Mask(keys=torch.ones(2, 4, dtype=torch.bool)), r"'keys' should be \(3, 4\) and is \(2, 4\)"),
        (Mask(edges=torch.ones(3, 4, 2, dtype=torch.bool)), r"'edges' should be \(3, 2, 4\)"),
        (Mask(segments=torch.zeros(3, 2, dtype=torch.int64)), r"'segments' should be \(3, 4\)"),
        (Mask(segments=torch.zeros(3, 4, dtype=torch.int64), start=3), "2 queries from position 3 on"),
    ],
    ids=["too many keys", "too few examples", "edges turned around", "segments of the queries", "start"],
)
def test_what_does_not_fit_is_named_with_both_shapes(mask, says):
    misfit = mask.misfit(3, 2, 4)

    assert misfit is not None
    with pytest.raises(ValueError, match=says):
        raise ValueError(misfit)


@pytest.mark.parametrize("part", ["keys", "edges"])
def test_what_is_not_boolean_is_refused(part):
    shape = (1, 3) if part == "keys" else (1, 3, 3)
    with pytest.raises(InvalidOption, match=f"{part} must be boolean"):
        Mask(**{part: torch.ones(shape)})


@pytest.mark.parametrize("part", ["window", "start"])
@pytest.mark.parametrize("given", [-1, 1.5, "2"])
def test_what_counts_no_positions_is_refused(part, given):
    with pytest.raises(InvalidOption, match=f"{part} must be a whole number, 0 or more, not {given!r}"):
        Mask(**{part: given})


def test_a_dense_bias_needs_no_offsets():
    bias = torch.randn(2, 3, 4)

    assert Mask(bias=Bias(dense=bias)).added(3, 4) is bias
