"""Convolutional attention: queries and keys see their neighbors before they meet."""

from collections.abc import Sequence
from typing import Any, Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad

from regard.attention.bases.scored import Scored
from regard.attention.kernels.scores import per_head, safe_softmax, wide_scores
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.precision import widen
from regard.attention.size import Size
from regard.attention.streams import Stream, Streams
from regard.attention.traits import Tie, Traits


@final
class Convolutional(Scored):
    """Softmax of q'·k' / √d, where q' and k' are q and k after a convolution along the sequence.

    Use it where neighbors form units, such as the shapes of a time series.

    A position is then compared by the shape of what surrounds it. The convolution is depth-wise: every head
    and feature has `kernel` numbers of its own, which start as 1 at the position itself and 0 beside it. They
    lie at and before it under a causal mask, else on both sides; a hidden position counts as 0, and so does
    one of another document.

    kernel: positions that one sees, itself included; of an even number one more lies before than behind.
    """

    traits = Traits.of_scores(
        source="Li et al. 2019, arXiv 1907.00235, section 4.1, convolutional self-attention",
        mass="exactly 1",
        rotary=False,
        ties=(Tie("softmax", "kernel = 1"),),
        # what closes a pair, and not a key, would not close what the key's neighbors see of it
    ).without("cross", "start", "edges", "window", "dense", "equivariant")

    def __init__(self, size: Size, *, kernel: int = 3) -> None:
        super().__init__(size)
        self.kernel = kernel
        self.require(
            1 <= kernel <= 2**16,
            f"kernel must be from 1, which sees only oneself, to {2**16:,}, not {kernel:,}.",
        )
        self.of_queries = nn.Parameter(_alone(size.h, size.d, kernel))
        self.of_keys = nn.Parameter(_alone(size.h, size.d, kernel))

    def streams(self) -> Streams[Any]:
        # a query that sees others reads them as keys are read: none that is hidden, and again when going on
        q = Stream(self.size.d, of="queries" if self.kernel == 1 else "keys")
        return Streams(q=q, k=self.size.d, v=self.size.e)

    def score(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        q, k = streams.q, per_head(streams.k, self.size.h)
        if self.kernel == 1:
            q = widen(q) * widen(self.of_queries)[:, None, :, 0]
        else:
            q = _convolved(q, self.of_queries, mask)[:, :, mask.start :]
        k = _convolved(k, self.of_keys, mask)
        return wide_scores(q, k, mask, self.size)

    def normalize(self, scores: Float[Tensor, "b h n m"], mask: Mask) -> Float[Tensor, "b h n m"]:
        return safe_softmax(scores, mask)

    def flops_per_score(self, m: int) -> int:
        # maximum, subtract, exp, sum, divide
        return 5

    def preparing_flops(self, n: int, m: int) -> int:
        # of both multiply and add; the scale of q
        return (4 * self.of_keys.shape[-1] * m + n) * self.size.d

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, kernel=1))]


def offsets(kernel: int, *, causal: bool) -> tuple[int, ...]:
    """Where the numbers of a kernel lie, the nearest first: 0, -1, -2 ... or 0, -1, 1, -2 ..."""
    if causal:
        return tuple(range(0, -kernel, -1))
    return tuple(-(i + 1) // 2 if i % 2 else i // 2 for i in range(kernel))


def _alone(heads: int, d: int, kernel: int) -> Float[Tensor, "{heads} {d} {kernel}"]:
    """Kernels that leave everything as it is."""
    return pad(torch.ones(heads, d, 1), (0, kernel - 1))


def _convolved(
    x: Float[Tensor, "b h m d"], weight: Float[Tensor, "h d kernel"], mask: Mask
) -> Float[Tensor, "b h m d"]:
    """Queries or keys with their neighbors, in float32 at least."""
    x, weight = widen(mask.readable(x)), widen(weight)
    total = x * weight[:, None, :, 0]
    for place, offset in enumerate(offsets(weight.shape[-1], causal=mask.causal)[1:], 1):
        seen = _moved(x, offset)
        if mask.segments is not None:
            apart = mask.segments != _moved(mask.segments[:, None, :, None], offset)[:, 0, :, 0]
            seen = seen.masked_fill(apart[:, None, :, None], 0)
        total = total + seen * weight[:, None, :, place]
    return total


def _moved(x: Tensor, offset: int) -> Tensor:
    """What stands `offset` positions away from each, 0 beyond the ends."""
    m = x.shape[2]
    return pad(x, (0, 0, max(-offset, 0), max(offset, 0)))[:, :, max(offset, 0) :][:, :, :m]
