"""Attention by the plainest loops in float64: one example, head and query after the other."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from regard.attention import Mask, Mechanism, Size

SIZE = Size(heads=2, key_features=5, value_features=3, length=16)


def drawn(n: int, m: int | None = None, seed: int = 0, scale: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values of two examples of `SIZE`, in float64."""
    rng = torch.Generator().manual_seed(seed)
    h, d, e = SIZE.heads, SIZE.key_features, SIZE.value_features
    m = n if m is None else m
    shapes = (2, h, n, d), (2, h, m, d), (2, h, m, e)
    return tuple(scale * torch.randn(shape, generator=rng, dtype=torch.float64) for shape in shapes)


def may_read(mask: Mask, b: int, i: int, j: int) -> bool:
    return bool(
        (not mask.causal or j <= i)
        and (mask.window is None or abs(i - j) <= mask.window)
        and (mask.keys is None or mask.keys[b, j])
        and (mask.edges is None or mask.edges[b, i, j])
    )


def masks(*parts: str, n: int, m: int | None = None) -> dict[str, Mask]:
    """No mask, each of the parts alone, and all of them at once. Row 0 of the edges reads nothing."""
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
        "slopes": torch.tensor([0.5, 0.1], dtype=torch.float64),
    }
    chosen = {part: values[part] for part in parts}
    alone = {part: Mask(**{part: value}) for part, value in chosen.items()}
    return {"no mask": Mask(), **alone, "all": Mask(**chosen)}


def read_by_row(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Mask,
    weigh: Callable[[Tensor], Tensor],
    reads: Callable[[int, int], bool] = lambda i, j: True,
) -> Tensor:
    """The output if `weigh` turns the scores of the readable keys of a query into their weights."""
    mixed = torch.zeros(*q.shape[:3], v.shape[3], dtype=torch.float64)
    for b in range(q.shape[0]):
        for i in range(q.shape[2]):
            readable = [j for j in range(k.shape[2]) if may_read(mask, b, i, j) and reads(i, j)]
            for h in range(q.shape[1]) if readable else ():
                scores = [sum(q[b, h, i] * k[b, h, j]) / math.sqrt(q.shape[3]) for j in readable]
                if mask.slopes is not None:
                    scores = [
                        score - mask.slopes[h] * abs(i - j) for score, j in zip(scores, readable, strict=True)
                    ]
                mixed[b, h, i] = weigh(torch.stack(scores)) @ v[b, h, readable]
    return mixed


def exponential(scores: Tensor) -> Tensor:
    """Softmax, spelled out."""
    shares = (scores - scores.max()).exp()
    return shares / shares.sum()


def counted_matmul_flops(mechanism: Mechanism, n: int, m: int) -> int:
    """What torch counts for one example. It sees fused attention only where d is not e."""
    assert mechanism.size.key_features != mechanism.size.value_features
    q, k, v = (part[:1].float() for part in drawn(n, m))
    with FlopCounterMode(display=False) as counter:
        mechanism(q, k, v)
    return counter.get_total_flops()


def stepped(mechanism: Mechanism, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The causal output, one position at a time."""
    state, mixed = mechanism.initial_state(len(q)), []
    for i in range(q.shape[2]):
        output, state = mechanism.step(q[:, :, i], k[:, :, i], v[:, :, i], state)
        mixed.append(output)
    return torch.stack(mixed, 2)
