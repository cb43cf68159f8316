"""Attention by the plainest loops in float64: one example, head and query after the other."""

import math
from collections.abc import Callable, Iterable

import pytest
import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from regard.attention import Bias, Mask, Mechanism, Size, Streams

SIZE = Size(heads=2, key_features=5, value_features=3, length=16)

EVERY_PART = "causal", "keys", "edges", "window", "segments", "start", "slopes", "table", "dense"
"""The parts of a mask and its bias, all of which a mechanism with scores honors."""

OF_BIAS = "slopes", "table", "dense"


def drawn(n: int, m: int | None = None, seed: int = 0, scale: float = 1.0, size: Size = SIZE) -> Streams:
    """Queries, keys and values of two examples, in float64."""
    rng = torch.Generator().manual_seed(seed)
    h, d, e = size.heads, size.key_features, size.value_features
    m = n if m is None else m
    shapes = {"q": (2, h, n, d), "k": (2, h, m, d), "v": (2, h, m, e)}
    return Streams(
        **{
            name: scale * torch.randn(shape, generator=rng, dtype=torch.float64)
            for name, shape in shapes.items()
        }
    )


def drawn_for(mechanism: Mechanism, n: int, m: int | None = None, *, seed: int = 0) -> Streams:
    """Every stream that a mechanism declares, with one head where all heads share it."""
    rng = torch.Generator().manual_seed(seed)
    lengths = {"queries": n, "keys": n if m is None else m}
    return mechanism.declared.map(
        lambda stream: torch.randn(
            2,
            1 if stream.shared else mechanism.size.h,
            lengths[stream.of],
            stream.features,
            generator=rng,
            dtype=torch.float64,
        )
    )


def collecting(streams: Streams) -> Streams:
    """Copies that collect gradients."""
    return streams.map(lambda each: each.detach().clone().requires_grad_())


def may_read(mask: Mask, b: int, i: int, j: int) -> bool:
    place = mask.start + i
    return bool(
        (not mask.causal or j <= place)
        and (mask.window is None or abs(place - j) <= mask.window)
        and (mask.keys is None or mask.keys[b, j])
        and (mask.edges is None or mask.edges[b, i, j])
        and (mask.segments is None or mask.segments[b, j] == mask.segments[b, place])
    )


def bias_of(mask: Mask, h: int, i: int, j: int) -> float | Tensor:
    """What is added to the score of one pair, number by number."""
    offset, total = j - (mask.start + i), 0.0
    if mask.bias.slopes is not None:
        total = total - mask.bias.slopes[h] * abs(offset)
    if mask.bias.table is not None:
        extent = mask.bias.table.shape[1] // 2
        total = total + mask.bias.table[h, min(max(offset, -extent), extent) + extent]
    if mask.bias.dense is not None:
        total = total + mask.bias.dense[h, i, j]
    return total


def masks(*parts: str, n: int, m: int | None = None) -> dict[str, Mask]:
    """No mask, each of the parts alone, and all of them at once. Row 0 of the edges reads nothing.

    Queries start behind the first two keys, where there are as many; n queries over fewer keys have neither
    `start` nor `segments`.
    """
    m = n if m is None else m
    rng = torch.Generator().manual_seed(1)
    keys = torch.rand(2, m, generator=rng) < 0.6
    keys[:, m // 2] = True
    edges = torch.rand(2, n, m, generator=rng) < 0.5
    edges[:, 0] = False
    values = {
        "causal": True,
        "keys": keys,
        "edges": edges,
        "window": 2,
        "segments": torch.arange(m).expand(2, m) * 3 // m,
        "start": max(min(2, m - n), 0),
        "slopes": torch.tensor([0.5, 0.1], dtype=torch.float64),
        "table": torch.randn(2, 5, generator=rng, dtype=torch.float64),
        "dense": torch.randn(2, n, m, generator=rng, dtype=torch.float64),
    }
    chosen = {part: values[part] for part in parts if n <= m or part not in ("segments", "start")}
    alone = {part: _mask({part: value}) for part, value in chosen.items()}
    return {"no mask": Mask(), **{part: alone.get(part, Mask()) for part in parts}, "all": _mask(chosen)}


def under(*parts: str) -> pytest.MarkDecorator:
    """Run a test with `part` naming each of these masks."""
    return pytest.mark.parametrize("part", ["no mask", *parts, "all"])


def _mask(parts: dict[str, object]) -> Mask:
    bias = {name: value for name, value in parts.items() if name in OF_BIAS}
    return Mask(**{name: value for name, value in parts.items() if name not in OF_BIAS}, bias=Bias(**bias))


def read_by_row(
    streams: Streams,
    mask: Mask,
    weigh: Callable[[Tensor], Tensor],
    reads: Callable[[int, int], bool] = lambda i, j: True,
) -> Tensor:
    """The output if `weigh` turns the scores of the readable keys of a query into their weights."""
    q, k, v = streams.q, streams.k, streams.v
    mixed = torch.zeros(*q.shape[:3], v.shape[3], dtype=torch.float64)
    for b in range(q.shape[0]):
        for i in range(q.shape[2]):
            readable = [j for j in range(k.shape[2]) if may_read(mask, b, i, j) and reads(i, j)]
            for h in range(q.shape[1]) if readable else ():
                scores = [
                    sum(q[b, h, i] * k[b, h, j]) / math.sqrt(q.shape[3]) + bias_of(mask, h, i, j)
                    for j in readable
                ]
                mixed[b, h, i] = weigh(torch.stack(scores)) @ v[b, h, readable]
    return mixed


def exponential(scores: Tensor) -> Tensor:
    """Softmax, spelled out."""
    shares = (scores - scores.max()).exp()
    return shares / shares.sum()


def counted_matmul_flops(mechanism: Mechanism, n: int, m: int, mask: Mask = Mask()) -> int:
    """What torch counts for one example. It sees fused attention only where d is not e."""
    assert mechanism.size.key_features != mechanism.size.value_features
    streams = drawn_for(mechanism.float(), n, m).map(lambda each: each[:1].float())
    with FlopCounterMode(display=False) as counter:
        mechanism(streams, mask)
    return counter.get_total_flops()


def in_pieces(
    mechanism: Mechanism, streams: Streams, lengths: Iterable[int], mask: Mask = Mask(causal=True)
) -> Tensor:
    """The causal output, gone on piece by piece; checks that no state is changed in place."""
    b = next(iter(streams)).shape[0]
    state, mixed, first = mechanism.initial_state(b), [], 0
    for length in lengths:
        stop = first + length
        piece = streams.map(lambda each, first=first, stop=stop: each[:, :, first:stop])
        before = [part.clone() for part in tree_leaves(state)]
        output, after = mechanism.extend(piece, mask.rows(first, stop), state)
        assert all(map(torch.equal, before, tree_leaves(state))), "a state was changed in place"
        mixed.append(output)
        state, first = after, stop
    return torch.cat(mixed, 2)


def one_by_one(mechanism: Mechanism, streams: Streams, mask: Mask = Mask(causal=True)) -> Tensor:
    """The causal output, one position at a time."""
    return in_pieces(mechanism, streams, [1] * next(iter(streams)).shape[2], mask)
