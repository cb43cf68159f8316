import math

import pytest
import torch
from torch.testing import assert_close

from regard.attention import Mask, Size, Streams
from regard.attention.size import Grid
from regard.core.errors import UnsupportedMask, UnsupportedUse
from regard.mechanisms.global_filter import SMALL, GlobalFilter

SIZE = Size(heads=2, key_features=5, value_features=3, length=12)
ON_GRID = Size(heads=2, key_features=5, value_features=3, length=14, grid=Grid(3, 4, prefix=2))


def build(size=SIZE):
    torch.manual_seed(0)
    mechanism = GlobalFilter(size)
    torch.nn.init.normal_(mechanism.factors)
    return mechanism.double()


def draw(n, seed=0):
    rng = torch.Generator().manual_seed(seed)
    return Streams(v=torch.randn(2, 2, n, 3, generator=rng, dtype=torch.float64))


def transform(n):
    """The matrix of the discrete Fourier transform."""
    index = torch.arange(n, dtype=torch.float64)
    angle = -2 * math.pi * index.unsqueeze(1) * index / n
    return torch.complex(angle.cos(), angle.sin())


def all_factors(mechanism, width):
    """Those of every frequency: of a real sequence the higher ones are the conjugates of the lower.

    The imaginary parts of those that are their own conjugates act on nothing.
    """
    half = torch.view_as_complex(mechanism.factors.detach())
    h, height, _, e = half.shape
    full = torch.zeros(h, height, width, e, dtype=torch.complex128)
    for x in range(width):
        for y in range(height):
            mirrored = (-y % height, -x % width)
            if x <= width // 2 and mirrored[1] == x:
                # given for the frequency and for its mirror image: what is real of both together
                full[:, y, x] = (half[:, y, x] + half[:, mirrored[0], x].conj()) / 2
            elif x <= width // 2:
                full[:, y, x] = half[:, y, x]
            else:
                full[:, y, x] = half[:, mirrored[0], mirrored[1]].conj()
    return full


def by_matrices(mechanism, image):
    """There by two transform matrices, times the factors, and back."""
    height, width = image.shape[2:4]
    rows, columns = transform(height), transform(width)
    there = torch.einsum("uy,xw,bhyxe->bhuwe", rows, columns, image.to(torch.complex128))
    filtered = there * all_factors(mechanism, width)
    back = torch.einsum("yu,wx,bhuwe->bhyxe", rows.conj(), columns.conj(), filtered) / (height * width)
    assert back.imag.abs().max() < 1e-9
    return back.real


@pytest.mark.parametrize("length", [1, 2, 7, 12])
def test_every_frequency_of_a_sequence_has_a_factor_of_its_own(length):
    mechanism, streams = build(Size(2, 5, 3, length)), draw(length)

    expected = by_matrices(mechanism, streams.v.unsqueeze(2)).squeeze(2)

    assert_close(mechanism(streams), expected)


def test_on_a_grid_it_filters_both_directions_and_leaves_the_prefix_alone():
    mechanism, streams = build(ON_GRID), draw(14)

    out = mechanism(streams)

    assert torch.equal(out[:, :, :2], streams.v[:, :, :2])
    image = streams.v[:, :, 2:].unflatten(2, (3, 4))
    assert_close(out[:, :, 2:], by_matrices(mechanism, image).flatten(2, 3))


def test_factors_of_1_are_the_values_themselves():
    for size, n in ((SIZE, 12), (SIZE, 5), (ON_GRID, 14)):
        mechanism = build(size)
        mechanism.factors.data = torch.tensor([1.0, 0.0]).expand_as(mechanism.factors).double()

        assert_close(mechanism(draw(n)), draw(n).v)


def test_a_shorter_sequence_and_a_padded_one_are_filled_up_with_0():
    mechanism, streams = build(), draw(12)
    keys = (torch.arange(12) < 7).expand(2, 12)
    filled = streams.v.masked_fill(~keys[:, None, :, None], 0)
    poisoned = streams.v.masked_fill(~keys[:, None, :, None], torch.nan)

    out = mechanism(Streams(v=filled))

    assert_close(mechanism(Streams(v=poisoned), Mask(keys=keys)), out)
    assert_close(mechanism(streams.map(lambda v: v[:, :, :7])), out[:, :, :7])


def test_factors_start_small_and_narrow_ones_are_widened():
    torch.manual_seed(0)
    mechanism = GlobalFilter(Size(8, 8, 8, 64))
    assert mechanism.factors.std().item() == pytest.approx(SMALL, rel=0.05)

    narrow = build().bfloat16()

    assert narrow(draw(12).map(torch.Tensor.bfloat16)).dtype == torch.bfloat16


def test_what_it_cannot_honor_is_refused():
    with pytest.raises(UnsupportedMask, match="global_filter does not support the mask's part 'causal'"):
        build()(draw(7), Mask(causal=True))
    with pytest.raises(UnsupportedUse, match="at most 12 positions, not 13"):
        build()(draw(13))
