import math

import pytest
import torch
from torch.testing import assert_close

from regard.attention import Mask, Size, Streams
from regard.core.errors import UnsupportedMask, UnsupportedUse
from regard.mechanisms.fourier import Fourier

SIZE = Size(heads=2, key_features=5, value_features=3, length=50)


def draw(n, seed=0):
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(2, 2, n, 3, generator=rng, dtype=torch.float64).requires_grad_()


def mixed(v, mask=Mask()):
    return Fourier(SIZE)(Streams(v=v), mask)


def transform(n):
    """The matrix of the discrete Fourier transform."""
    index = torch.arange(n, dtype=torch.float64)
    angle = -2 * math.pi * index.unsqueeze(1) * index / n
    return torch.complex(angle.cos(), angle.sin())


def by_matrices(v):
    """F_n X F_c, with the features of all heads side by side in X, and the real part of it."""
    h, n, e = v.shape[1:]
    merged = torch.cat(v.unbind(1), -1).to(torch.complex128)
    product = (transform(n) @ merged @ transform(h * e)).real
    return torch.stack(product.split(e, -1), 1)


@pytest.mark.parametrize("n", [1, 2, 7, 16, 45])
def test_it_is_the_product_with_two_transform_matrices(n):
    v = draw(n)

    assert_close(mixed(v), by_matrices(v))


def test_a_transform_of_each_head_alone_is_told_apart():
    v = draw(7)

    with pytest.raises(AssertionError):
        assert_close(torch.fft.fft2(v).real, mixed(v))


def test_twice_is_the_reversed_sequence_n_c_times_over():
    """Re F Re F x = N (x + x reversed) / 2: nothing is lost but the odd part."""
    v = draw(9)
    numbers, merged = 9 * 6, torch.cat(v.unbind(1), -1)
    reversed_ = merged.flip(1, 2).roll((1, 1), (1, 2))

    twice = mixed(mixed(v))

    assert_close(torch.cat(twice.unbind(1), -1), numbers * (merged + reversed_) / 2)


def test_it_reads_values_alone():
    assert Fourier(SIZE).declared.names == ("v",)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_narrow_values_are_transformed_in_float32(dtype):
    v = draw(7).detach().to(dtype)

    out = mixed(v)

    assert out.dtype == dtype
    assert torch.equal(out, mixed(v.float()).to(dtype))


def test_what_it_cannot_honor_is_refused():
    v = draw(7)

    with pytest.raises(UnsupportedMask, match="fourier does not support the mask's part 'causal'"):
        mixed(v, Mask(causal=True))
    with pytest.raises(UnsupportedMask, match="'keys'"):
        mixed(v, Mask(keys=torch.ones(2, 7, dtype=torch.bool)))
    with pytest.raises(UnsupportedUse, match="fourier has no weights"):
        Fourier(SIZE).weights(Streams(v=v), Mask())


def test_its_cost_is_5_n_log_n_of_all_numbers_and_no_matrix_product():
    cost = Fourier(Size(2, 4, 4, 64)).cost(64, 64)

    assert (cost.matmul_flops, cost.other_flops) == (0, 5 * 512 * 9)
