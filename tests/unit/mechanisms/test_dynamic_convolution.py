import pytest
import torch
from by_kernel import MASKED
from row_by_row import SIZE, collecting, drawn_for, may_read
from torch.autograd import gradcheck
from torch.testing import assert_close

from regard.attention import Mask, Streams
from regard.core.errors import InvalidOption
from regard.mechanisms.dynamic_convolution import DynamicConvolution


def build(width=5):
    return DynamicConvolution(SIZE, width=width)


def by_loops(streams, mask, width):
    """Tap after tap; what lies beyond the ends or is hidden keeps its weight and gives nothing."""
    kernel, v = streams.kernel.softmax(-1), streams.v
    out = torch.zeros_like(v)
    first = width - 1 if mask.causal else width // 2
    for b, h, i in ((*place,) for place in torch.ones(v.shape[:3]).nonzero().tolist()):
        for tap in range(width):
            j = i + tap - first
            if 0 <= j < v.shape[2] and may_read(mask, b, i, j):
                out[b, h, i] += kernel[b, h, i, tap] * v[b, h, j]
    return out


@pytest.mark.parametrize("width", [1, 5, 9])
@pytest.mark.parametrize("name", MASKED)
def test_each_position_weighs_its_neighbors_by_a_kernel_of_its_own(name, width):
    mechanism, mask = build(width), MASKED[name]
    streams = drawn_for(mechanism, 7)

    out = mechanism(streams, mask)

    assert_close(out, by_loops(streams, mask, width))
    assert_close(mechanism.weights(streams, mask) @ streams.v, out)


def test_it_keeps_no_more_values_than_the_kernel_reaches():
    streams = drawn_for(build(), 9)

    _, state = build().extend(streams, Mask(causal=True), build().initial_state(2))

    assert_close(state, streams.v[:, :, 5:])
    assert build().cost(1, 9).state_numbers == state[0].numel()


def test_a_kernel_of_one_is_the_value_itself():
    streams = drawn_for(build(1), 7)

    assert_close(build(1)(streams), streams.v)
    assert_close(build(1)(streams, Mask(causal=True)), streams.v)


@pytest.mark.parametrize("causal", [False, True])
def test_the_gradient_is_the_slope(causal):
    inputs = [*collecting(drawn_for(build(3), 4))]

    assert gradcheck(lambda kernel, v: build(3)(Streams(kernel=kernel, v=v), Mask(causal=causal)), inputs)


@pytest.mark.parametrize("width", [-1, 0, 4])
def test_a_width_without_a_middle_is_refused(width):
    with pytest.raises(InvalidOption, match=f"dynamic_convolution: width must be an odd number, not {width}"):
        build(width)
