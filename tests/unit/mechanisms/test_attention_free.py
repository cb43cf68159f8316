import math

import pytest
import torch
from by_kernel import MASKED
from row_by_row import SIZE, collecting, drawn_for, may_read
from torch.testing import assert_close

from regard.attention import Mask, Size
from regard.attention.checking.largest_tensor import LargestTensor
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.mechanisms.attention_free import AttentionFree


def build(size=SIZE, **options):
    torch.manual_seed(0)
    mechanism = AttentionFree(size, **options)
    torch.nn.init.normal_(mechanism.biases)
    return mechanism.double()


def by_loops(mechanism, streams, mask):
    """Number by number: eq. 2 of the paper."""
    q, k, v = (each.tolist() for each in streams)
    biases, out = mechanism.biases.tolist(), torch.zeros_like(streams.v)
    for b, h, i, f in ((*place,) for place in torch.ones(out.shape).nonzero().tolist()):
        total = mass = 0.0
        for j in range(len(k[b][h])):
            if may_read(mask, b, i, j):
                near = mechanism.reach is None or abs(i - j) < mechanism.reach
                weight = math.exp((biases[i][j] if near else 0) + k[b][h][j][f])
                total, mass = total + weight * v[b][h][j][f], mass + weight
        out[b, h, i, f] = total / mass / (1 + math.exp(-q[b][h][i][f])) if mass else 0
    return out


@pytest.mark.parametrize("reach", [None, 1, 3])
@pytest.mark.parametrize("name", MASKED)
def test_each_feature_is_a_mean_weighed_by_biases_and_keys(name, reach):
    mechanism, mask = build(reach=reach), MASKED[name]
    streams = drawn_for(mechanism, 7)

    assert_close(mechanism(streams, mask), by_loops(mechanism, streams, mask))


@pytest.mark.parametrize("n", [1, 2, 8, 9, 16])
@pytest.mark.parametrize("causal", [False, True])
def test_any_length_up_to_the_longest_is_read(causal, n):
    mechanism, mask = build(), Mask(causal=causal)
    streams = drawn_for(mechanism, n)

    assert_close(mechanism(streams, mask), by_loops(mechanism, streams, mask))
    with pytest.raises(UnsupportedUse, match="at most 16 positions, not 17"):
        mechanism(drawn_for(mechanism, 17))


@pytest.mark.parametrize("mask", [Mask(), Mask(causal=True)])
def test_keys_of_any_size_are_weighed_in_float32(mask):
    mechanism = build()
    streams = drawn_for(mechanism, 16)
    streams = streams.replace(k=300 * streams.k)

    narrow = mechanism.float()(streams.map(torch.Tensor.float), mask)

    assert_close(narrow.double(), build()(streams, mask), rtol=1e-4, atol=1e-4)


def test_a_later_key_however_large_changes_nothing_before():
    mechanism = build()
    streams = drawn_for(mechanism, 9)
    louder = streams.k.clone()
    louder[:, :, 5:] += 1e4

    expected, mixed = (
        mechanism(streams.replace(k=k), Mask(causal=True))[:, :, :5] for k in (streams.k, louder)
    )

    assert torch.equal(expected, mixed)


@pytest.mark.parametrize("causal", [False, True])
def test_biases_far_apart_are_told_apart(causal):
    mechanism = build()
    mechanism.biases.data *= 10
    streams, mask = drawn_for(mechanism, 7), Mask(causal=causal)

    assert_close(mechanism(streams, mask), by_loops(mechanism, streams, mask))


@pytest.mark.parametrize("causal", [False, True])
def test_no_tensor_has_a_number_for_each_pair_and_feature(causal):
    size = Size(heads=2, key_features=8, value_features=8, length=128)
    mechanism = AttentionFree(size)
    streams = collecting(drawn_for(mechanism, 128))

    with LargestTensor() as recorder:
        mechanism(streams, Mask(causal=causal)).sum().backward()

    assert recorder.numbers <= 128 * 128


def test_a_reach_of_nothing_is_refused():
    with pytest.raises(InvalidOption, match="attention_free: reach must be at least 1, not 0"):
        AttentionFree(SIZE, reach=0)
