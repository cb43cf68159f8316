import torch

from regard.attention import Mask
from regard.attention.kernels.packing import Packing, taken

KEYS = torch.tensor([[False, True, False, True, True], [True, True, False, False, False]])


def test_real_positions_stand_in_front_each_as_they_stood():
    x = torch.arange(5.0)[None, None, :, None].expand(2, 3, 5, 1)
    packing = Packing.of(Mask(keys=KEYS), x)

    assert packing.packed(x)[:, 0, :, 0].tolist() == [[1, 3, 4, 0, 2], [0, 1, 2, 3, 4]]
    assert packing.real.tolist() == [3, 2]
    assert torch.equal(packing.unpacked(packing.packed(x)), x)


def test_without_padding_everything_stays():
    x = torch.randn(2, 3, 5, 1)
    packing = Packing.of(Mask(), x)

    assert packing.packed(x) is x
    assert packing.unpacked(x) is x
    assert packing.real.tolist() == [5]


def test_each_example_is_taken_from_its_own_places():
    x = torch.arange(10.0).reshape(2, 1, 5, 1)

    assert taken(x, torch.tensor([[4, 0], [1, 1]]))[:, 0, :, 0].tolist() == [[4, 0], [6, 6]]
    assert taken(x, torch.tensor([[3]]))[:, 0, :, 0].tolist() == [[3], [8]]
