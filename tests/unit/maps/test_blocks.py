import pytest
import torch
from torch.testing import assert_close

from regard.maps.blocks import block_of, maps_of


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
