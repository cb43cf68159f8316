"""No package is an oracle: h-transformer-1d averages queries as well, under a causal mask too, where a query
is then read together with those behind it, and of each level it reads the one block of the same parent.
"""

import math

import pytest
import torch
from row_by_row import SIZE, collecting, counted_matmul_flops, drawn, exponential, masks, under
from torch.autograd import grad
from torch.testing import assert_close

from regard.attention import Mask
from regard.attention.checking.largest_tensor import LargestTensor
from regard.core.errors import InvalidOption
from regard.mechanisms.hierarchical import Hierarchical
from regard.mechanisms.softmax import Softmax

PARTS = "causal", "keys"


def level_of(query, key, block):
    """The first at which their blocks lie side by side, for ranks."""
    height = 0
    while abs(query // (block * 2**height) - key // (block * 2**height)) > 1:
        height += 1
    return height


def groups_of(query, real, block):
    """What a query at a rank reads: keys of one group together, as the places where they stand."""
    groups = {}
    for rank, place in enumerate(real):
        height = level_of(query, rank, block)
        groups.setdefault((height, rank // 2**height), []).append(place)
    return groups.values()


def by_loops(streams, mask, block):
    q, k, v = streams
    out, n = torch.zeros_like(v), q.shape[2]
    for b in range(2):
        keys = torch.ones(n, dtype=torch.bool) if mask.keys is None else mask.keys[b]
        real = keys.nonzero().flatten().tolist()
        for rank, i in enumerate(real + (~keys).nonzero().flatten().tolist()):
            read = [each for each in groups_of(rank, real, block) if not mask.causal or each[-1] <= i]
            for h in range(2) if read else ():
                scores = [
                    q[b, h, i] @ k[b, h, each].mean(0) / math.sqrt(5) + math.log(len(each)) for each in read
                ]
                means = torch.stack([v[b, h, each].mean(0) for each in read])
                out[b, h, i] = exponential(torch.stack(scores)) @ means
    return out


@pytest.mark.parametrize("n", [1, 5, 16, 37])
@pytest.mark.parametrize("block", [2, 4, 64])
@under(*PARTS)
def test_single_keys_are_read_near_and_means_of_ever_more_far(part, block, n):
    streams, mask, mechanism = drawn(n), masks(*PARTS, n=n)[part], Hierarchical(SIZE, block=block)

    mixed = mechanism(streams, mask)

    assert_close(mixed, by_loops(streams, mask, block))
    assert_close(mechanism.weights(streams, mask) @ streams.v, mixed)


def test_keys_that_are_equal_within_groups_are_read_as_by_softmax_attention():
    streams = drawn(32)
    alike = streams.replace(k=streams.k[:, :, :2].repeat_interleave(16, 2))

    assert_close(Hierarchical(SIZE, block=2)(alike), Softmax(SIZE)(alike))
    assert not torch.allclose(Hierarchical(SIZE, block=2)(streams), Softmax(SIZE)(streams))


def test_groups_grow_with_the_distance():
    weights = Hierarchical(SIZE, block=2).weights(drawn(32), Mask(causal=True))[0, 0, 31]

    assert torch.unique_consecutive(weights, return_counts=True)[1].tolist() == [8, 8, 4, 4, 2, 2, 1, 1, 1, 1]


def test_padding_in_front_moves_no_border():
    streams, mechanism = drawn(26), Hierarchical(SIZE, block=2)
    padded = (torch.arange(26) >= 5).expand(2, 26)

    alone = mechanism(streams.map(lambda each: each[:, :, 5:]), Mask(causal=True))

    assert_close(mechanism(streams, Mask(causal=True, keys=padded))[:, :, 5:], alone)


def test_gradients_are_those_of_the_dense_matrix():
    streams, mechanism, mask = collecting(drawn(21)), Hierarchical(SIZE, block=2), masks(*PARTS, n=21)["all"]

    fast = grad(mechanism(streams, mask).square().sum(), [*streams])

    assert_close(fast, grad((mechanism.weights(streams, mask) @ streams.v).square().sum(), [*streams]))


def test_one_level_is_softmax_attention():
    streams, mask = drawn(9), masks(*PARTS, n=9)["all"]

    assert_close(Hierarchical(SIZE, block=6)(streams, mask), Softmax(SIZE)(streams, mask))


def test_memory_grows_with_the_length_and_its_logarithm():
    with LargestTensor() as recorder:
        Hierarchical(SIZE, block=4)(drawn(512))

    # 2 examples, 2 heads, 3 blocks at level 0 and 2 at each of 6 others
    assert recorder.numbers <= 2 * 2 * 512 * 4 * (3 + 2 * 6)


@pytest.mark.parametrize("mask", [Mask(), Mask(causal=True)], ids=["all", "causal"])
@pytest.mark.parametrize("n", [1, 13, 100])
def test_the_formula_counts_the_products_that_torch_counts(n, mask):
    mechanism = Hierarchical(SIZE, block=4)

    assert mechanism.cost(n, n, mask).matmul_flops == counted_matmul_flops(mechanism, n, n, mask)


@pytest.mark.parametrize("block", [0, 3, -2])
def test_a_block_that_has_no_halves_is_refused(block):
    with pytest.raises(InvalidOption, match=f"hierarchical: block must be even, and not {block}"):
        Hierarchical(SIZE, block=block)
