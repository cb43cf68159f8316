import math

import pytest
import torch
from torch.autograd import gradcheck
from torch.testing import assert_close

from regard.attention import Mask, Size
from regard.core.errors import UnsupportedMask, UnsupportedUse
from regard.mechanisms.fourier import Fourier

SIZE = Size(heads=2, key_features=5, value_features=3, length=50)


def draw(n, seed=0):
    rng = torch.Generator().manual_seed(seed)
    return [torch.randn(2, 2, n, x, generator=rng, dtype=torch.float64).requires_grad_() for x in (5, 5, 3)]


def transform(n):
    """The matrix of the discrete Fourier transform."""
    index = torch.arange(n, dtype=torch.float64)
    angle = -2 * math.pi * index.unsqueeze(1) * index / n
    return torch.complex(angle.cos(), angle.sin())


def by_matrices(v):
    """F_n X F_c, with the features of all heads side by side in X, and the real part of it."""
    h, n, e = v.shape[1:]
    merged = torch.cat(v.unbind(1), -1).to(torch.complex128)
    mixed = (transform(n) @ merged @ transform(h * e)).real
    return torch.stack(mixed.split(e, -1), 1)


@pytest.mark.parametrize("n", [1, 2, 7, 16, 45])
def test_it_is_the_product_with_two_transform_matrices(n):
    q, k, v = draw(n)

    assert_close(Fourier(SIZE)(q, k, v), by_matrices(v))


def test_a_transform_of_each_head_alone_is_told_apart():
    q, k, v = draw(7)

    with pytest.raises(AssertionError):
        assert_close(torch.fft.fft2(v).real, Fourier(SIZE)(q, k, v))


def test_twice_is_the_reversed_sequence_n_c_times_over():
    """Re F Re F x = N (x + x reversed) / 2: nothing is lost but the odd part."""
    q, k, v = draw(9)
    mechanism, numbers = Fourier(SIZE), 9 * 6
    merged = torch.cat(v.unbind(1), -1)
    reversed_ = merged.flip(1, 2).roll((1, 1), (1, 2))

    twice = mechanism(q, k, mechanism(q, k, v))

    assert_close(torch.cat(twice.unbind(1), -1), numbers * (merged + reversed_) / 2)


def test_only_values_are_read():
    (q, k, v), (other_q, other_k, _) = draw(7), draw(7, seed=1)

    assert torch.equal(Fourier(SIZE)(q, k, v), Fourier(SIZE)(other_q, other_k, v))


def test_the_gradient_is_the_slope():
    q, k, v = draw(4)

    assert gradcheck(lambda v: Fourier(SIZE)(q, k, v), v)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_narrow_values_are_transformed_in_float32(dtype):
    q, k, v = (x.detach().to(dtype) for x in draw(7))

    out = Fourier(SIZE)(q, k, v)

    assert out.dtype == dtype
    assert torch.equal(out, Fourier(SIZE)(q.float(), k.float(), v.float()).to(dtype))


def test_what_it_cannot_honor_is_refused():
    q, k, v = draw(7)

    with pytest.raises(UnsupportedMask, match="fourier does not support the mask's part 'causal'"):
        Fourier(SIZE)(q, k, v, Mask(causal=True))
    with pytest.raises(UnsupportedMask, match="'keys'"):
        Fourier(SIZE)(q, k, v, Mask(keys=torch.ones(2, 7, dtype=torch.bool)))
    with pytest.raises(UnsupportedUse, match="5 queries and 7 keys"):
        Fourier(SIZE)(q[:, :, :5], k, v)
    with pytest.raises(UnsupportedUse, match="fourier has no weights"):
        Fourier(SIZE).weights(q, k, Mask())


def test_its_cost_is_5_n_log_n_of_all_numbers_and_no_matrix_product():
    cost = Fourier(Size(2, 4, 4, 64)).cost(64, 64)

    assert (cost.matmul_flops, cost.other_flops, cost.parameters) == (0, 5 * 512 * 9, 0)
