import pytest
import torch

from regard.attention.kernels.band import Band

CASES = [(n, reach, causal) for n in (1, 2, 7, 12) for reach in (0, 1, 3, 11) for causal in (False, True)]


def pairs(band, real):
    """Every pair that the band allows, as (b, query, key), read from its chunks."""
    allowed, offsets = band.allowed(real), band.offsets(torch.device("cpu"))
    found = set()
    for b, _, chunk, row, column in allowed.nonzero().tolist():
        query = chunk * band.length + row
        if query < band.n:
            found.add((b, query, query + offsets[row, column].item()))
    return found


@pytest.mark.parametrize(("n", "reach", "causal"), CASES)
def test_the_band_allows_the_near_and_real_pairs_and_no_other(n, reach, causal):
    real = torch.rand(2, n, generator=torch.Generator().manual_seed(n)) < 0.7
    expected = {
        (b, i, j)
        for b in range(2)
        for i in range(n)
        for j in range(n)
        if -reach <= j - i <= (0 if causal else reach) and real[b, j]
    }

    assert pairs(Band(n, reach, causal), real) == expected


@pytest.mark.parametrize(("n", "reach", "causal"), CASES)
def test_the_chunks_hold_each_query_with_the_keys_of_its_span(n, reach, causal):
    band, x = Band(n, reach, causal), torch.randn(2, 3, n, 4)
    offsets = band.offsets(x.device)

    queries, spans = band.queries(x), band.spans(x)

    assert torch.equal(queries.flatten(2, 3)[:, :, :n], x)
    for chunk in range(band.count):
        for column in range(band.span):
            key = chunk * band.length + offsets[0, column].item()
            expected = x[:, :, key] if 0 <= key < n else torch.zeros(2, 3, 4)
            assert torch.equal(spans[:, :, chunk, :, column], expected)


@pytest.mark.parametrize(("n", "reach", "causal"), CASES)
def test_a_chunk_meets_at_most_three_chunks_of_keys(n, reach, causal):
    band = Band(n, reach, causal)

    assert band.span <= 3 * band.length
    # behind them alone: half as many for each query, but for what rounds up
    assert not causal or 2 * band.span <= 3 * (reach + 1)
    assert band.count * band.length - n < band.length


@pytest.mark.parametrize(("n", "reach", "causal"), [*CASES, (40, 3, True), (41, 5, False)])
def test_inner_chunks_are_all_those_that_allow_the_same_keys_as_one_in_the_middle(n, reach, causal):
    band, real = Band(n, reach, causal), torch.ones(1, n, dtype=torch.bool)
    endless = Band(100 * (reach + 1), reach, causal)
    middle = endless.allowed(torch.ones(1, endless.n, dtype=torch.bool))[:, :, endless.count // 2]
    full = [chunk for chunk in range(band.count) if (chunk + 1) * band.length <= n]

    alike = [chunk for chunk in full if torch.equal(band.allowed(real)[:, :, chunk], middle)]

    assert list(range(band.count))[band.inner] == alike


def test_spans_are_views_and_no_copies():
    x = torch.randn(1, 1, 100, 4)
    spans = Band(100, 10, False).spans(x)

    assert spans.untyped_storage().nbytes() < 2 * x.untyped_storage().nbytes()
    assert spans.numel() > 2.9 * x.numel()


STRIDES = [(n, reach, causal, stride) for n, reach, causal in CASES for stride in (2, 3, 20)]


@pytest.mark.parametrize(("n", "reach", "causal", "stride"), STRIDES)
def test_with_a_stride_rows_of_whole_steps_lie_side_by_side(n, reach, causal, stride):
    band, x = Band(n, reach, causal, stride), torch.randn(2, 3, n, 4)
    offsets, places = band.offsets(x.device), band.places(x.device)

    queries, spans = band.queries(x), band.spans(x)
    allowed = band.allowed(torch.ones(1, n, dtype=torch.bool))

    assert torch.equal(band.merged(queries), x)
    found = set()
    for _, _, chunk, row, column in allowed.nonzero().tolist():
        query = places[chunk, row].item()
        if torch.equal(queries[:, :, chunk, row], x[:, :, query]):
            key = query + offsets[row, column].item()
            assert torch.equal(spans[:, :, chunk, :, column], x[:, :, key])
            found.add((query, key))
    ahead = 0 if causal else reach
    steps = range(-reach, ahead + 1)
    assert found == {(i, i + s * stride) for i in range(n) for s in steps if 0 <= i + s * stride < n}
