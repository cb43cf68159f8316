"""Shifted windows against torchvision's Swin, on grids of whole windows: others it fills with zero keys."""

import pytest
import torch
from peer_files import definition
from torch.nn import functional
from torch.testing import assert_close

from regard.attention import Grid, Size, Streams
from regard.mechanisms.window_2d import Window2d


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize(("height", "width", "side"), [(6, 9, 3), (8, 4, 4), (4, 8, 2)])
def test_it_is_the_shifted_window_attention_of_torchvision(height, width, side, layer):
    file = "torchvision/models/swin_transformer.py"
    shifted = definition("torchvision", file, "shifted_window_attention", torch=torch, F=functional)
    torch.manual_seed(0)
    n, x = height * width, torch.randn(2, height, width, 8)
    of_qkv, grid = torch.randn(24, 8), Grid(height, width)
    mechanism = Window2d(Size(2, 4, 4, length=n, grid=grid, layer=layer, layers=2), side=side)
    torch.nn.init.normal_(mechanism.table)
    bias = mechanism.table[:, mechanism.tiles.within(x.device)]
    q, k, v = (x.flatten(1, 2) @ of_qkv.T).reshape(2, n, 3, 2, 4).permute(2, 0, 3, 1, 4)
    shift = side // 2 if layer else 0

    expected = shifted(x, of_qkv, torch.eye(8), bias, [side, side], 2, [shift, shift])

    mixed = mechanism(Streams(q=q, k=k, v=v)).transpose(1, 2).flatten(2)
    assert_close(mixed, expected.flatten(1, 2), atol=1e-5, rtol=1e-5)
