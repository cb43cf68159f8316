import math

import pytest
import torch
from row_by_row import SIZE, collecting, drawn_for, exponential, may_read
from torch.autograd import grad
from torch.nn.functional import logsigmoid
from torch.testing import assert_close

from regard.attention import Mask
from regard.mechanisms.forgetting import WIDE_OPEN, Forgetting

KEYS = torch.tensor([[True] * 4 + [False] + [True] * 4, [False] * 3 + [True] * 6])


def by_loops(streams, mask):
    """Softmax of the scores plus the logs of the gates between key and query."""
    q, k, v, gates = streams
    out = torch.zeros_like(q[..., : v.shape[3]])
    for b in range(q.shape[0]):
        kept = [0.0 if mask.keys is not None and not mask.keys[b, j] else 1.0 for j in range(k.shape[2])]
        for h in range(q.shape[1]):
            logs = torch.stack([kept[j] * logsigmoid(gates[b, h, j, 0]) for j in range(k.shape[2])])
            for i in range(q.shape[2]):
                readable = [j for j in range(k.shape[2]) if may_read(mask, b, i, j)]
                scores = [
                    q[b, h, i] @ k[b, h, j] / math.sqrt(5) + logs[min(i, j) + 1 : max(i, j) + 1].sum()
                    for j in readable
                ]
                if readable:
                    out[b, h, i] = exponential(torch.stack(scores)) @ v[b, h, readable]
    return out


@pytest.mark.parametrize("keys", [None, KEYS], ids=["all keys", "padding"])
@pytest.mark.parametrize("mask", [Mask(), Mask(causal=True), Mask(causal=True, window=3)], ids=str)
def test_scores_fade_by_the_gates_in_between(mask, keys):
    mask = Mask(causal=mask.causal, window=mask.window, keys=keys)
    streams = drawn_for(Forgetting(SIZE), 9)

    assert_close(Forgetting(SIZE)(streams, mask), by_loops(streams, mask))


def test_gates_far_from_the_query_underflow_without_harm():
    streams = drawn_for(Forgetting(SIZE), 9)
    streams = collecting(streams.replace(forget=0 * streams.forget - 1e4))

    out = Forgetting(SIZE)(streams, Mask(causal=True))

    assert_close(out, streams.v)
    assert all(slope.isfinite().all() for slope in grad(out.sum(), [*streams]))


def test_an_open_gate_forgets_nothing():
    assert logsigmoid(torch.tensor(WIDE_OPEN, dtype=torch.float64)) > -1e-80
