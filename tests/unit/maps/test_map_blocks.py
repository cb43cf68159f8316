import pytest
import torch
from torch.testing import assert_close

from regard.maps.blocks import block_of, maps_of, pooled, pooled_block


def drawn(*shape, scale=1.0):
    return scale * torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.mark.parametrize("maps", [drawn(2, 5, 7), drawn(2, 5, 7).softmax(-1), 1e-8 * drawn(1, 3, 3).abs()])
def test_a_block_gives_back_its_maps_to_a_part_of_the_largest_entry(maps):
    found = maps_of(block_of(maps))

    largest = maps.abs().amax((1, 2), keepdim=True)
    assert ((found - maps).abs() <= 0.008 * largest).all()
    assert_close(found.abs().amax((1, 2)), maps.abs().amax((1, 2)))


def test_nothing_stays_nothing_and_little_stays_something():
    maps = torch.tensor([[[0.0, 1.0, 4.1e-6]], [[0.0, 0.0, 0.0]]])

    found = maps_of(block_of(maps))

    assert found[0, 0, 0] == 0 and found[0, 0, 2] > 0
    assert not found[1].any()


def test_equal_maps_are_equal_bytes():
    assert block_of(drawn(2, 5, 7)) == block_of(drawn(2, 5, 7))


def test_a_pooled_block_says_what_blocks_of_queries_read_of_blocks_of_keys():
    maps = drawn(2, 10, 10).softmax(-1)

    block = pooled_block(block_of(maps), 4, [3, 9])

    assert (block.pooled, block.queries, block.keys) == (4, 3, 3)
    found = maps_of(block)
    assert_close(found.sum(-1), torch.ones(2, 3, dtype=torch.float64), atol=0.01, rtol=0)
    assert_close(found[:, 0, 1], maps[:, :4, 4:8].sum(-1).mean(-1), atol=0.005, rtol=0)
    assert_close(found[:, 2, 2], maps[:, 8:, 8:].sum(-1).mean(-1), atol=0.005, rtol=0)
    assert block.rows.places == (3, 9)
    assert_close(maps_of(block.rows.block), maps[:, [3, 9]], atol=0.005, rtol=0)
    assert block.rows.block.pooled == 1


def test_signed_maps_are_pooled_with_their_signs():
    maps = drawn(1, 8, 8)
    assert_close(pooled(maps, 2)[0, 1, 2], maps[0, 2:4, 4:6].sum(-1).mean())
