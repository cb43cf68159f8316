import torch
from torch.testing import assert_close

from regard.attention import Mask
from regard.attention.kernels.blocks import Blocks

PADDED = Mask(keys=torch.tensor([[1, 0, 1, 1, 1, 0, 1], [0, 0, 1, 0, 0, 0, 0]]).bool())


def blocks(mask=PADDED):
    return Blocks.of(mask, 7, 2, torch.device("cpu"))


def test_blocks_hold_real_positions_in_their_order():
    made = blocks()

    assert made.filled.tolist() == [
        [[True, True], [True, True], [True, False], [False, False]],
        [[True, False], [False, False], [False, False], [False, False]],
    ]
    assert made.places[0, :3].flatten()[:5].tolist() == [0, 2, 3, 4, 6]
    assert made.places[1, 0, 0] == 2


def test_padding_belongs_to_the_block_of_the_last_key_before_it():
    assert blocks().own.tolist() == [[0, 0, 0, 1, 1, 1, 2], [0] * 7]


def test_without_padding_one_layout_serves_all_examples():
    made = blocks(Mask())

    assert made.places.shape == (1, 4, 2)
    assert made.own.tolist() == [[0, 0, 1, 1, 2, 2, 3]]


def test_the_largest_score_of_each_block_is_that_of_its_keys():
    scores = torch.arange(7.0).expand(2, 1, 1, 7).masked_fill(~PADDED.keys[:, None, None], -torch.inf)

    largest = blocks().largest(scores)

    assert largest[0, 0, 0].tolist() == [2, 4, 6, -torch.inf]
    assert largest[1, 0, 0].tolist() == [2, -torch.inf, -torch.inf, -torch.inf]


def test_a_stream_is_cut_with_nothing_where_no_key_is():
    x = torch.arange(1.0, 15).reshape(2, 1, 7, 1)

    cut = blocks().cut(x)[..., 0]

    assert_close(cut[0, 0], torch.tensor([[1.0, 3], [4, 5], [7, 0], [0, 0]]))
    assert_close(cut[1, 0], torch.tensor([[10.0, 0], [0, 0], [0, 0], [0, 0]]))
