import pytest
import torch
from row_by_row import (
    SIZE,
    drawn,
    exponential,
    in_pieces,
    masks,
    may_read,
    read_by_row,
    under,
)
from torch.nn.functional import elu
from torch.testing import assert_close

from regard.attention import Grid, Mask, Size
from regard.core.errors import InvalidOption
from regard.mechanisms.hybrid import Hybrid

PARTS = "causal", "keys"


def build(**options):
    mechanism = Hybrid(SIZE, **options).double()
    mechanism.logit.data = torch.tensor([0.7, -1.2], dtype=torch.float64)[:, None, None]
    return mechanism


def in_proportion(streams, mask):
    q, k, v = streams
    out = torch.zeros_like(v)
    for b in range(q.shape[0]):
        for i in range(q.shape[2]):
            readable = [j for j in range(k.shape[2]) if may_read(mask, b, i, j)]
            for h in range(q.shape[1]) if readable else ():
                shares = (elu(k[b, h, readable]) + 1) @ (elu(q[b, h, i]) + 1)
                out[b, h, i] = shares @ v[b, h, readable] / shares.sum()
    return out


@pytest.mark.parametrize("n", [1, 9])
@under(*PARTS)
def test_a_gate_of_each_head_mixes_what_both_parts_read(part, n):
    streams, mask, hybrid = drawn(n), masks(*PARTS, n=n)[part], build(window=2, stride=2)
    near = read_by_row(streams, mask, exponential, lambda i, j: abs(i - j) in (0, 2, 4))
    gate = torch.tensor([0.7, -1.2], dtype=torch.float64).sigmoid()[:, None, None]

    mixed = hybrid(streams, mask)

    assert_close(mixed, gate * near + (1 - gate) * in_proportion(streams, mask))
    assert_close(hybrid.weights(streams, mask) @ streams.v, mixed)


def test_behind_the_prefix_of_a_grid_any_cut_is_causal_attention_too():
    size = Size(heads=2, key_features=5, value_features=3, length=16, grid=Grid(3, 4, prefix=2))
    streams, hybrid = drawn(14), Hybrid(size).double()

    assert_close(in_pieces(hybrid, streams, [1, 6, 7]), hybrid(streams, Mask(causal=True)))


def test_what_makes_no_sense_is_refused():
    with pytest.raises(InvalidOption, match="hybrid: stride must be at least 1, not 0"):
        Hybrid(SIZE, stride=0)
    with pytest.raises(InvalidOption, match="hybrid: window must not be negative, but is -1"):
        Hybrid(SIZE, window=-1)
