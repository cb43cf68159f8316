import math

import pytest
import torch
from row_by_row import (
    EVERY_PART,
    SIZE,
    collecting,
    drawn,
    exponential,
    masks,
    read_by_row,
    under,
)
from torch.testing import assert_close

from regard.attention import Mask, Streams
from regard.attention.checking.largest_tensor import LargestTensor
from regard.mechanisms.additive import BLOCK, Additive


def build():
    torch.manual_seed(0)
    additive = Additive(SIZE).double()
    torch.nn.init.normal_(additive.vector)
    return additive


def scores_by_pair(additive, streams):
    """The small network, number by number."""
    q, k = streams.q, streams.k
    scores = torch.zeros(*q.shape[:3], k.shape[2], dtype=torch.float64)
    for b, h, i, j in torch.cartesian_prod(*map(torch.arange, scores.shape)).tolist():
        hidden = [math.tanh(x + y) for x, y in zip(q[b, h, i].tolist(), k[b, h, j].tolist(), strict=True)]
        scores[b, h, i, j] = sum(
            w * x for w, x in zip(additive.vector[h, :, 0].tolist(), hidden, strict=True)
        )
    return scores


@pytest.mark.parametrize("m", [9, 12])
@under(*EVERY_PART)
@torch.no_grad()
def test_a_small_network_scores_each_pair(part, m):
    additive, streams, mask = build(), drawn(9, m), masks(*EVERY_PART, n=9, m=m)[part]
    scores = scores_by_pair(additive, streams)
    # scores are given to the loops as queries over one-hot keys
    n_keys = torch.eye(m, dtype=torch.float64).expand(2, 2, m, m)
    given = Streams(q=scores * math.sqrt(m), k=n_keys, v=streams.v)

    assert_close(additive(streams, mask), read_by_row(given, mask, exponential))


def test_blocks_of_queries_change_nothing_forward_or_backward():
    additive, n = build(), 2 * BLOCK + 3
    streams, one_block = collecting(drawn(n)), collecting(drawn(n))
    additive(streams, Mask()).sum().backward()

    pairs = (one_block.q.unsqueeze(3) + one_block.k.unsqueeze(2)).tanh() @ additive.vector.unsqueeze(1)
    mixed = pairs.squeeze(-1).softmax(-1) @ one_block.v
    mixed.sum().backward()

    assert_close(additive(streams, Mask()), mixed)
    assert_close(streams.q.grad, one_block.q.grad)
    assert_close(streams.k.grad, one_block.k.grad)


def test_no_tensor_holds_the_hidden_layer_of_all_pairs():
    additive, n = Additive(SIZE), 10 * BLOCK
    streams = collecting(drawn(n).map(torch.Tensor.float))

    with LargestTensor() as largest:
        additive(streams, Mask()).sum().backward()

    assert largest.numbers < 2 * 2 * n * n * SIZE.d / 2
