import math

import pytest
import torch
from row_by_row import SIZE, collecting, counted_matmul_flops, drawn
from torch.autograd import gradcheck
from torch.testing import assert_close

from regard.attention import Mask, Size, Streams
from regard.core.errors import InvalidOption, UnsupportedMask, UnsupportedUse
from regard.mechanisms.fourier_attention import FourierAttention


def transform(n):
    """The matrix of the discrete Fourier transform that keeps lengths."""
    index = torch.arange(n, dtype=torch.float64)
    angle = -2 * math.pi * index.unsqueeze(1) * index / n
    return torch.complex(angle.cos(), angle.sin()) / math.sqrt(n)


def by_matrices(streams, modes):
    n, d = streams.q.shape[2:]
    there = transform(n)[: min(modes, n // 2 + 1)]
    q, k, v = (there @ each.to(torch.complex128) for each in streams)
    scores = (q @ k.mT).abs() / math.sqrt(d)
    read = scores.softmax(-1).to(torch.complex128) @ v
    # a real sequence has each mode between the first and that of n/2 twice, conjugated
    back, twice = there.conj().mT, torch.full((len(there),), 2.0, dtype=torch.float64)
    twice[0] = 1
    if n % 2 == 0 and len(there) == n // 2 + 1:
        twice[-1] = 1
    return (back @ (twice.unsqueeze(1) * read)).real


@pytest.mark.parametrize("modes", [1, 3, 16])
@pytest.mark.parametrize("n", [1, 2, 8, 9])
def test_it_is_softmax_attention_among_modes_that_is_transformed_back(n, modes):
    streams, mechanism = drawn(n), FourierAttention(SIZE, modes=modes)

    out = mechanism(streams)

    assert_close(out, by_matrices(streams, modes))
    assert_close(mechanism.weights(streams, Mask()) @ streams.v, out)


def test_one_mode_is_the_mean():
    streams = drawn(9)

    out = FourierAttention(SIZE, modes=1)(streams)

    assert_close(out, streams.v.mean(2, keepdim=True).expand_as(out))


def test_few_modes_are_a_smooth_sequence():
    spectrum = torch.fft.rfft(FourierAttention(SIZE, modes=3)(drawn(16)), dim=2).abs()

    assert spectrum[:, :, 3:].max() < 1e-9
    assert spectrum[:, :, :3].min() > 1e-3


def test_the_gradient_is_the_slope():
    mechanism = FourierAttention(SIZE, modes=3)

    assert gradcheck(lambda q, k, v: mechanism(Streams(q=q, k=k, v=v)), [*collecting(drawn(5))])


def test_narrow_streams_are_transformed_in_float32():
    streams, mechanism = drawn(9).map(torch.Tensor.bfloat16), FourierAttention(SIZE)

    out = mechanism(streams)

    assert torch.equal(out, mechanism(streams.map(torch.Tensor.float)).bfloat16())


def test_what_it_cannot_honor_is_refused():
    mechanism = FourierAttention(SIZE)
    with pytest.raises(UnsupportedMask, match="fourier_attention does not support the mask's part 'causal'"):
        mechanism(drawn(7), Mask(causal=True))
    with pytest.raises(UnsupportedUse, match="7 queries and 9 keys"):
        mechanism(drawn(7, 9))
    with pytest.raises(InvalidOption, match="fourier_attention: modes must be at least 1, not 0"):
        FourierAttention(SIZE, modes=0)


@pytest.mark.parametrize("n", [5, 32])
def test_the_formula_counts_the_products_of_modes(n):
    mechanism = FourierAttention(Size(2, 5, 3, 40), modes=4)

    assert mechanism.cost(n, n).matmul_flops == counted_matmul_flops(mechanism, n, n)
