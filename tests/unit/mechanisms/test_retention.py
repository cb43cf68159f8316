from dataclasses import replace

import torch
from row_by_row import SIZE
from torch.testing import assert_close

from regard.mechanisms.retention import Retention


def test_later_heads_forget_more_slowly():
    assert_close(Retention(SIZE).rates.flatten().exp(), torch.tensor([1 - 1 / 32, 1 - 1 / 64]))


def test_with_lightning_later_layers_forget_more_slowly_and_the_last_next_to_nothing():
    layers = [Retention(replace(SIZE, layer=layer, layers=3), lightning=True) for layer in range(3)]

    first, middle, last = (each.rates.flatten() for each in layers)

    assert_close(first, torch.tensor([-(2.0**-4), -(2.0**-8)]), rtol=1e-4, atol=0)
    assert_close(middle, first / 2, rtol=1e-4, atol=0)
    assert_close(last, 1e-5 * first, rtol=1e-4, atol=0)


def test_with_lightning_products_do_not_survive_a_rotation():
    assert Retention(SIZE).traits.rotary
    assert not Retention(SIZE, lightning=True).traits.rotary
