import torch
from row_by_row import SIZE, drawn, exponential, read_by_row
from torch.testing import assert_close

from regard.attention import Mask
from regard.attention.kernels.pieces import behind, read_pieces


def test_each_piece_reads_itself_and_what_stands_in_front():
    streams = drawn(8)
    q, k, v = (x[:, :, 2:].reshape(2, 2, 3, 2, -1) for x in (streams.q, streams.k, streams.v))
    allowed = torch.ones(1, 1, 3, 1, 4, dtype=torch.bool)

    mixed = read_pieces(q, behind(streams.k[:, :, :2], k), behind(streams.v[:, :, :2], v), allowed, SIZE)

    expected = read_by_row(streams, Mask(), exponential, lambda i, j: j < 2 or i // 2 == j // 2)
    assert_close(mixed.flatten(2, 3), expected[:, :, 2:])


def test_a_piece_of_which_nothing_is_allowed_gives_0():
    streams = drawn(4)
    q, k, v = (x.unsqueeze(2) for x in (streams.q, streams.k, streams.v))

    assert (read_pieces(q, k, v, torch.zeros(1, 1, 1, 1, 4, dtype=torch.bool), SIZE) == 0).all()


def test_behind_nothing_pieces_are_as_they_were():
    pieces = torch.randn(2, 2, 3, 4, 5)

    assert behind(torch.randn(2, 2, 0, 5), pieces) is pieces
