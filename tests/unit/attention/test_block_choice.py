import torch

from regard.attention import Mask
from regard.attention.bases.block_choice import best_blocks, complete_blocks, keys_in, own_first
from regard.attention.kernels.blocks import Blocks


def chosen(ranks, keep, mask):
    """The keys that each query of one head reads, in blocks of two of six positions."""
    blocks = Blocks.of(mask, 6, 2, torch.device("cpu"))
    choice = best_blocks(torch.tensor(ranks).expand(1, 1, 6, 3), keep, blocks, mask)
    pairs = zip(choice.at[0, 0], choice.readable[0, 0], strict=True)
    return [sorted(at[there].tolist()) for at, there in pairs]


def test_the_keys_of_the_blocks_with_the_highest_ranks_are_chosen():
    assert chosen([3.0, 1.0, 2.0], 2, Mask()) == [[0, 1, 4, 5]] * 6


def test_of_equal_ranks_the_later_block_is_chosen():
    assert chosen([0.0, 0.0, 0.0], 1, Mask()) == [[4, 5]] * 6


def test_a_causal_query_chooses_among_blocks_up_to_its_own_and_reads_up_to_itself():
    expected = [[0], [0, 1], [2], [2, 3], [4], [4, 5]]

    assert chosen([0.0, 0.0, 0.0], 1, Mask(causal=True)) == expected


def test_no_block_of_padding_is_chosen():
    keys = torch.tensor([[True, False, True, True, False, False]])

    assert chosen([0.0, 1.0, 2.0], 3, Mask(keys=keys)) == [[0, 2, 3]] * 6


def test_the_own_block_comes_before_all_others():
    blocks = Blocks.of(Mask(), 6, 2, torch.device("cpu"))

    ranks = own_first(torch.tensor([3.0, 1.0, 2.0]).expand(1, 1, 6, 3), blocks, Mask())

    assert ranks[0, 0].argmax(-1).tolist() == [0, 0, 1, 1, 2, 2]


def test_a_block_is_complete_for_the_queries_from_its_last_key_on():
    mask = Mask(causal=True, keys=torch.tensor([[True, False, True, True, True, True]]))
    blocks = Blocks.of(mask, 6, 2, torch.device("cpu"))

    assert complete_blocks(blocks, 6, mask)[0, 0].sum(-1).tolist() == [0, 0, 1, 1, 2, 2]
    assert complete_blocks(blocks, 6, Mask(keys=mask.keys)).tolist() == [[[[True, True, False]]]]


def test_of_chosen_blocks_those_that_are_there_are_read():
    blocks = Blocks.of(Mask(), 6, 2, torch.device("cpu"))
    chosen, there = torch.tensor([[[[0, 2]]]]), torch.tensor([[[[False, True]]]])

    choice = keys_in(chosen, there, blocks, Mask())

    assert choice.at[choice.readable].tolist() == [4, 5]
