import pytest
import torch

from regard.attention.kernels.chunks import AT_ONCE, CHUNK, from_rows, in_chunks, in_rows, in_turn, layout


def test_a_layout_holds_all_positions_in_chunks_that_are_not_too_long_and_spares_less_than_one_per_chunk():
    for n in range(1, 4 * CHUNK):
        count, length = layout(n)

        assert length <= CHUNK
        assert 0 <= count * length - n < count


def test_chunks_in_a_row_are_the_sequence_again_with_the_fill_behind_it():
    x = torch.randn(2, 3, 10, 4)

    chunks = in_chunks(x, 3, 4, fill=7)

    assert chunks.shape == (2, 3, 3, 4, 4)
    assert torch.equal(chunks.flatten(2, 3)[:, :, :10], x)
    assert (chunks.flatten(2, 3)[:, :, 10:] == 7).all()


def test_positions_beyond_the_chunks_are_cut():
    x = torch.randn(2, 3, 10, 4)

    assert torch.equal(in_chunks(x, 2, 4).flatten(2, 3), x[:, :, :8])


@pytest.mark.parametrize(("n", "stride"), [(1, 1), (10, 1), (10, 3), (9, 3), (2, 5)])
def test_rows_hold_what_is_whole_strides_apart_and_are_the_sequence_again(n, stride):
    x = torch.randn(2, 3, n, 4)

    rows = in_rows(x, stride)

    assert rows.shape == (2, 3, stride, -(-n // stride), 4)
    for first in range(min(stride, n)):
        row = x[:, :, first::stride]
        assert torch.equal(rows[:, :, first, : row.shape[2]], row)
        assert (rows[:, :, first, row.shape[2] :] == 0).all()
    assert torch.equal(from_rows(rows, n), x)


def running_sums(memory, x):
    """A read that needs no product: what has come so far, and the sum of all."""
    sums = memory + x.flatten(2, 3).cumsum(2)
    return sums.view_as(x), sums[:, :, -1:]


@pytest.mark.parametrize("count", [1, AT_ONCE, 2 * AT_ONCE + 3])
def test_chunks_read_in_turn_are_read_as_all_at_once(count):
    x = torch.randn(2, 3, count, 4, 5, dtype=torch.float64)

    at_once = in_turn(running_sums, torch.zeros(2, 3, 1, 5), x)
    with torch.no_grad():
        in_few = in_turn(running_sums, torch.zeros(2, 3, 1, 5), x)

    torch.testing.assert_close(in_few, at_once)
    torch.testing.assert_close(at_once[0], x.flatten(2, 3).cumsum(2))
