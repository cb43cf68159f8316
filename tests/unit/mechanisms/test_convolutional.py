import pytest
import torch
from row_by_row import SIZE, drawn, exponential, in_pieces, masks, read_by_row, under
from torch.testing import assert_close

from regard.attention import Mask, Size
from regard.core.errors import InvalidOption
from regard.mechanisms.convolutional import Convolutional, offsets
from regard.mechanisms.softmax import Softmax

PARTS = "causal", "keys", "segments", "slopes", "table"


def build(kernel=3, size=SIZE):
    torch.manual_seed(0)
    mechanism = Convolutional(size, kernel=kernel)
    for weight in mechanism.parameters():
        torch.nn.init.normal_(weight)
    return mechanism.double()


def convolved(x, weight, mask):
    """Number by number, from the positions of the own document that are not hidden."""
    out = torch.zeros_like(x)
    kernel, m = weight.shape[-1], x.shape[2]
    before = kernel - 1 if mask.causal else kernel // 2
    near = sorted(range(-before, kernel - before), key=lambda offset: (abs(offset), offset))
    for b in range(len(x)):
        for i in range(m):
            for place, offset in enumerate(near):
                j = i + offset
                seen = 0 <= j < m and (mask.keys is None or mask.keys[b, j])
                if seen and (mask.segments is None or mask.segments[b, i] == mask.segments[b, j]):
                    out[b, :, i] += weight[..., place] * x[b, :, j]
    return out


@pytest.mark.parametrize("kernel", [2, 3, 4, 20])
@under(*PARTS)
def test_queries_and_keys_meet_after_a_convolution(part, kernel):
    streams, mask, mechanism = drawn(9), masks(*PARTS, n=9)[part], build(kernel)
    q = convolved(streams.q, mechanism.of_queries, mask)
    k = convolved(streams.k, mechanism.of_keys, mask)

    expected = read_by_row(streams.replace(q=q, k=k), mask, exponential)

    assert_close(mechanism(streams, mask), expected)


def test_the_kernel_lies_behind_under_a_causal_mask_and_else_on_both_sides():
    assert offsets(4, causal=True) == (0, -1, -2, -3)
    assert offsets(4, causal=False) == (0, -1, 1, -2)


def test_it_starts_as_softmax_attention_and_a_kernel_of_1_stays_there():
    streams, mask = drawn(9), masks(*PARTS, n=9)["keys"]
    near = Convolutional.toward("softmax", SIZE)[-1]

    assert_close(
        Convolutional(SIZE).double()(streams, Mask(causal=True)), Softmax(SIZE)(streams, Mask(causal=True))
    )
    assert_close(near.mechanism.double()(streams, mask), Softmax(SIZE)(streams, mask))


@pytest.mark.parametrize("kernel", [1, 3])
def test_any_cut_into_pieces_is_causal_attention(kernel):
    streams, mechanism = drawn(9), build(kernel)

    assert_close(in_pieces(mechanism, streams, [1, 5, 1, 2]), mechanism(streams, Mask(causal=True)))


def test_keys_of_a_group_are_convolved_for_each_query_head():
    grouped = build(size=Size(heads=4, key_features=5, value_features=3, length=16, key_heads=2))
    one = drawn(7, size=Size(heads=4, key_features=5, value_features=3, length=16))
    shared = one.replace(k=one.k[:, :2], v=one.v[:, :2])

    repeated = shared.map(lambda each: each if each.shape[1] == 4 else each.repeat_interleave(2, 1))

    assert_close(grouped(shared, Mask()), grouped(repeated, Mask()))


def test_an_empty_kernel_is_refused():
    with pytest.raises(InvalidOption, match="convolutional: kernel must be from 1, which sees only oneself"):
        Convolutional(SIZE, kernel=0)
