import pytest
import torch
from row_by_row import SIZE, drawn_for, exponential, masks, may_read, under
from torch.nn.functional import gelu
from torch.testing import assert_close

from regard.attention import Mask
from regard.core.errors import InvalidOption
from regard.mechanisms.nsa import Nsa


def build(block=3, keep=2, window=2):
    torch.manual_seed(0)
    return Nsa(SIZE, block=block, keep=keep, window=window).double()


def entry(made, x):
    """A perceptron of one hidden layer over a whole block."""
    return made.out.weight @ gelu(made.within.weight @ x.flatten() + made.within.bias)


def softmax_read(q, keys, values):
    if not len(keys):
        return torch.zeros(SIZE.value_features, dtype=torch.float64)
    return exponential(keys @ q / SIZE.key_features**0.5) @ values


def layout(mechanism, mask, b, i, n):
    """The blocks of the real positions, and the block of the query."""
    real = [j for j in range(n) if mask.keys is None or mask.keys[b, j]]
    blocks = [real[first : first + mechanism.block] for first in range(0, len(real), mechanism.block)]
    return blocks, max(sum(j <= i for j in real) - 1, 0) // mechanism.block


def complete(mechanism, mask, blocks, i):
    full = [c for c, each in enumerate(blocks) if len(each) == mechanism.block]
    return [c for c in full if not mask.causal or blocks[c][-1] <= i]


def entries(mechanism, streams, b, h, blocks, full):
    k = [entry(mechanism.key_entry, streams.block_k[b, h, blocks[c]]) for c in full]
    v = [entry(mechanism.value_entry, streams.block_v[b, h, blocks[c]]) for c in full]
    return (torch.stack(k), torch.stack(v)) if full else ((), ())


def selected(mechanism, streams, mask, b, h, i):
    """The keys in the chosen blocks: those that always come first, then those of the largest scores."""
    blocks, own = layout(mechanism, mask, b, i, streams.q.shape[2])
    full = complete(mechanism, mask, blocks, i)
    group = range(SIZE.heads) if mechanism.size.g == 1 else [h]
    total = torch.full((len(blocks),), -1.0, dtype=torch.float64)
    if full:
        total[full] = sum(
            exponential(
                entries(mechanism, streams, b, head, blocks, full)[0] @ streams.q[b, head, i] / 5**0.5
            )
            for head in group
        )
    first = [own, own - 1, 0]
    rank = {c: (-first.index(c) if c in first else -9, total[c].item(), c) for c in range(len(blocks))}
    eligible = [c for c in rank if not mask.causal or c <= own]
    chosen = sorted(eligible, key=rank.get)[-mechanism.keep :]
    return sorted(j for c in chosen for j in blocks[c] if not mask.causal or j <= i)


def by_loops(mechanism, streams, mask):
    n, out = streams.q.shape[2], torch.zeros_like(streams.v)
    for b, h, i in torch.cartesian_prod(*map(torch.arange, streams.q.shape[:3])).tolist():
        q, gates = streams.q[b, h, i], streams.gate[b, h, i].sigmoid()
        blocks, _ = layout(mechanism, mask, b, i, n)
        full = complete(mechanism, mask, blocks, i)
        near = [j for j in range(n) if may_read(mask, b, i, j) and abs(i - j) <= mechanism.window]
        best = selected(mechanism, streams, mask, b, h, i)
        out[b, h, i] = (
            gates[0] * softmax_read(q, *entries(mechanism, streams, b, h, blocks, full))
            + gates[1] * softmax_read(q, streams.k[b, h, best], streams.v[b, h, best])
            + gates[2] * softmax_read(q, streams.near_k[b, h, near], streams.near_v[b, h, near])
        )
    return out


@under("causal", "keys")
@pytest.mark.parametrize("options", [{}, {"keep": 4}, {"block": 2, "keep": 5, "window": 0}, {"keep": 1}])
def test_three_readings_are_gated_and_added(options, part):
    mechanism, mask = build(**options), masks("causal", "keys", n=16)[part]
    streams = drawn_for(mechanism, 16)

    assert_close(mechanism(streams, mask), by_loops(mechanism, streams, mask))


def test_a_gate_that_is_shut_lets_nothing_through():
    mechanism = build()
    streams = drawn_for(mechanism, 9)
    shut = streams.replace(gate=torch.full_like(streams.gate, -1000.0))

    assert mechanism(shut, Mask(causal=True)).abs().max() == 0


def test_before_the_first_block_is_complete_no_entry_is_read():
    mechanism = build(block=4)
    streams = drawn_for(mechanism, 9)
    changed = streams.replace(block_v=2 * streams.block_v)

    mixed = [mechanism(each, Mask(causal=True)) for each in (streams, changed)]

    assert (mixed[0] != mixed[1]).any(3)[0, 0].tolist() == [False] * 3 + [True] * 6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"block": 0}, "block must be between 1 and the length 16, not 0"),
        ({"keep": 0}, "keep must be at least 1, not 0"),
        ({"window": -1}, "window must not be negative"),
    ],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(InvalidOption, match=message):
        Nsa(SIZE, **options)
