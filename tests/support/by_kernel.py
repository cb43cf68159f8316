"""Linear attention by the plainest loops in float64: each readable key weighed by a kernel of one pair."""

from collections.abc import Callable

import torch
from row_by_row import may_read
from torch import Tensor

from regard.attention import Mask, Streams

MASKED = {
    "no mask": Mask(),
    "causal": Mask(causal=True),
    "keys": Mask(
        keys=torch.tensor(
            [[True, False, True, True, False, True, True], [False, False, True, True, True, True, False]]
        )
    ),
}
"""Masks of two examples of seven positions; the second hides its first two keys."""

MASKED["causal and keys"] = Mask(causal=True, keys=MASKED["keys"].keys)


def read_by_kernel(
    streams: Streams, mask: Mask, kernel: Callable[[Tensor, Tensor, int, int], Tensor], floor: float = 1e-6
) -> Tensor:
    """The output if key j has the weight `kernel(q_i, k_j, i, j)` over the sum of all, at least `floor`."""
    q, k, v = streams.q, streams.k, streams.v
    mixed = torch.zeros(*q.shape[:3], v.shape[3], dtype=torch.float64)
    for b, h, i in ((*place,) for place in torch.ones(q.shape[:3]).nonzero().tolist()):
        readable = [j for j in range(k.shape[2]) if may_read(mask, b, i, j)]
        if readable:
            weights = torch.stack([kernel(q[b, h, i], k[b, h, j], mask.start + i, j) for j in readable])
            mixed[b, h, i] = weights @ v[b, h, readable] / max(weights.sum(), floor)
    return mixed
