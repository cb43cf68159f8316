"""The Big Bird of transformers is no oracle: its last block is global as well, and numpy draws its blocks."""

import pytest
import torch
from row_by_row import SIZE, collecting, counted_matmul_flops, drawn, exponential, masks
from torch.autograd import grad
from torch.testing import assert_close

from regard.attention import Mask, Size
from regard.attention.checking.largest_tensor import LargestTensor
from regard.core.errors import InvalidOption
from regard.mechanisms.bigbird import FINE, Bigbird
from regard.mechanisms.softmax import Softmax

LONG = Size(heads=2, key_features=5, value_features=3, length=40)


def build(size=LONG, seed=0, **options):
    torch.manual_seed(seed)
    return Bigbird(size, **options).double()


def read_blocks(mechanism, head, own, count):
    """The blocks that a block reads, of `count` readable ones."""
    first, window, random = mechanism.first, mechanism.window, mechanism.random
    if own < first:
        return set(range(count))
    near = {block for block in range(own - window, own + window + 1) if block >= 0}
    ring = [first + step % (count - first) for step in range(own - first, own - first + count - first)]
    others = ring[window + 1 : len(ring) - window]
    draws = mechanism.draws[head, own % mechanism.draws.shape[1]].tolist()
    drawn = {others[int((i + draw / FINE) / random * len(others))] for i, draw in enumerate(draws) if others}
    return near | set(range(first)) | drawn


def by_loops(mechanism, streams, mask):
    """Of the real queries; the others are left 0."""
    q, k, v = streams
    out = torch.zeros_like(v)
    for b in range(2):
        keys = torch.ones(q.shape[2], dtype=torch.bool) if mask.keys is None else mask.keys[b]
        real = keys.nonzero().flatten().tolist()
        count = -(-len(real) // mechanism.block)
        for rank, i in enumerate(real):
            for h in range(2):
                blocks = read_blocks(mechanism, h, rank // mechanism.block, count)
                read = [j for other, j in enumerate(real) if other // mechanism.block in blocks]
                out[b, h, i] = exponential(k[b, h, read] @ q[b, h, i] / 5**0.5) @ v[b, h, read]
    return out


@pytest.mark.parametrize(
    "options",
    [
        {"block": 2},
        {"block": 3, "window": 0, "random": 3},
        {"block": 4, "first": 0, "random": 1},
        {"block": 2, "first": 2, "window": 2, "random": 0},
        {"block": 30},
    ],
    ids=str,
)
@pytest.mark.parametrize("n", [1, 9, 26, 60])
@pytest.mark.parametrize("part", ["no mask", "keys"])
def test_blocks_read_their_neighbors_the_first_and_some_at_random(part, n, options):
    streams, mask, mechanism = drawn(n), masks("keys", n=n)[part], build(**options)

    mixed = mechanism(streams, mask)

    assert_close(mask.readable(mixed), by_loops(mechanism, streams, mask))
    assert_close(mechanism.weights(streams, mask) @ streams.v, mixed)


def test_seeds_draw_other_blocks_and_heads_draw_their_own():
    first, again, other = build(seed=1), build(seed=1), build(seed=2)

    assert torch.equal(first.draws, again.draws)
    assert not torch.equal(first.draws, other.draws)
    assert not torch.equal(first.draws[0], first.draws[1])


def test_random_blocks_are_all_others_in_turn():
    mechanism, found = build(block=1, window=0, first=0, random=1), set()
    for seed in range(200):
        torch.manual_seed(seed)
        mechanism.draws = torch.randint(FINE, mechanism.draws.shape)
        found |= set(mechanism.weights(drawn(6), Mask())[0, 0, 2].nonzero().flatten().tolist())

    assert found == {0, 1, 2, 3, 4, 5}


def test_padding_in_front_moves_no_border():
    streams, mechanism = drawn(26), build(block=3)
    padded = Mask(keys=(torch.arange(26) >= 4).expand(2, 26))

    alone = mechanism(streams.map(lambda each: each[:, :, 4:]))

    assert_close(mechanism(streams, padded)[:, :, 4:], alone)


def test_gradients_are_those_of_the_dense_matrix():
    streams, mechanism = collecting(drawn(26)), build(block=3)
    mask = masks("keys", n=26)["keys"]

    fast = grad(mechanism(streams, mask).square().sum(), [*streams])

    assert_close(fast, grad((mechanism.weights(streams, mask) @ streams.v).square().sum(), [*streams]))


def test_one_block_is_softmax_attention():
    streams, mask = drawn(9), masks("keys", n=9)["keys"]

    assert_close(Bigbird(SIZE, block=9)(streams, mask), Softmax(SIZE)(streams, mask))


def test_memory_grows_with_the_length_and_not_with_its_square():
    with LargestTensor() as recorder:
        build()(drawn(512))

    # 2 examples, 2 heads, 6 blocks of 8 keys with 5 features for each block of 8 queries
    assert recorder.numbers <= 2 * 2 * 512 * 6 * 8


@pytest.mark.parametrize("n", [1, 13, 100])
def test_the_formula_counts_the_products_that_torch_counts(n):
    mechanism = build(block=4)

    assert mechanism.cost(n, n).matmul_flops == counted_matmul_flops(mechanism, n, n)


@pytest.mark.parametrize("name", ["window", "first", "random"])
def test_what_makes_no_sense_is_refused(name):
    with pytest.raises(InvalidOption, match=f"bigbird: {name} must be from 0, for none, to 65,536, not -1"):
        build(**{name: -1})
    with pytest.raises(InvalidOption, match="bigbird: block must be at least 1, not 0"):
        build(block=0)
