"""Multi-token attention: scores of neighboring queries and keys are mixed before the softmax."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad

from regard.attention.cost import Cost
from regard.attention.kernels.scores import masked_scores, per_head, safe_softmax, scores_of
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, Near
from regard.attention.precision import widen, without_autocast
from regard.attention.size import Size
from regard.attention.streams import Stream, Streams
from regard.attention.traits import Tie, Traits

Past = tuple[Float[Tensor, "b h _ d"], Float[Tensor, "b g _ d"], Float[Tensor, "b g _ e"]]
"""The last queries, as many as further ones are mixed with, and all keys and values."""


@final
class MultiToken(Mechanism):
    """Softmax of scores q·k / √d after a convolution over queries and keys, one learned kernel per head.

    Use it where several neighbors together say what is looked for.

    A score so draws on those of the queries before it and of the keys on both sides of it: a query may find
    where several things stand together. Scores that a mask hides count as 0 before the convolution and are
    hidden behind it, so that nothing comes from a later position. A kernel starts as the identity, at which
    this is softmax attention. The mixture of heads that the paper adds is that of `talking_heads`.

    queries: how many queries a kernel spans, the own and those before it.
    keys: how many keys it spans, an odd number of them around its own.
    """

    traits = Traits.of_scores(
        source="Golovneva et al. 2025, arXiv 2504.00927, section 3.1, key-query convolution",
        mass="exactly 1",
        ties=(Tie("softmax", "kernel = identity"),),
    ).without("cross", "start", "edges", "window", "segments", "dense", "equivariant")

    def __init__(self, size: Size, *, queries: int = 6, keys: int = 11) -> None:
        super().__init__(size)
        self.require(
            1 <= queries <= 2**10, f"queries must be from 1 to {2**10:,}, not {queries:,}. Choose 6."
        )
        self.require(
            1 <= keys <= 2**10 and keys % 2 == 1,
            f"keys must be odd and from 1 to {2**10:,}, not {keys:,}. Choose 11.",
        )
        self.kernel = nn.Parameter(torch.zeros(size.h, 1, queries, keys))
        with torch.no_grad():
            self.kernel[:, 0, -1, keys // 2] = 1

    def streams(self) -> Streams[Any]:
        # queries reach later queries, as keys do
        return Streams(q=Stream(self.size.d, of="keys"), k=self.size.d, v=self.size.e)

    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        q, k, v = streams
        return self._weights(q, k, mask).to(v.dtype) @ per_head(mask.readable(v), self.size.h)

    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n n"]:
        return self._weights(streams.q, streams.k, mask).to(streams.v.dtype)

    def initial_state(self, b: int, device: torch.device | None = None) -> Past:
        h, g, d, e = self.size.h, self.size.g, self.size.d, self.size.e
        q, k, v = (torch.empty(b, *shape, device=device) for shape in ((h, 0, d), (g, 0, d), (g, 0, e)))
        return q, k, v

    def extend(
        self, streams: Streams[Tensor], mask: Mask, state: Past
    ) -> tuple[Float[Tensor, "b h n e"], Past]:
        n = streams.q.shape[2]
        q, k, v = (torch.cat([old.to(new), new], 2) for old, new in zip(state, streams, strict=True))
        weights = self._weights(q, k, replace(mask, start=k.shape[2] - q.shape[2]))[:, :, -n:]
        mixed = weights.to(v.dtype) @ per_head(mask.readable(v), self.size.h)
        # copied: a view would keep all queries alive
        return mixed, (q[:, :, max(q.shape[2] - self._earlier, 0) :].clone(), k, v)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, rows = self.size.h, self.size.d, self.size.e, n + min(mask.start, self._earlier)
        scored = rows * m * (d + self.kernel[0].numel())
        return Cost(
            matmul_flops=2 * h * (scored + n * m * e),
            # scale, maximum, subtract, exp, sum, divide
            other_flops=h * rows * (5 * m + d),
            state_numbers=m * self.size.g * (d + e) + h * min(m, self._earlier) * d,
        )

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size))]

    @property
    def _earlier(self) -> int:
        """How many queries before its own a kernel spans."""
        return self.kernel.shape[2] - 1

    def _weights(self, q: Tensor, k: Tensor, mask: Mask) -> Float[Tensor, "b h n m"]:
        n, m, reach = q.shape[2], k.shape[2], self.kernel.shape[3] // 2
        # scores of hidden positions are 0 already
        scores = scores_of(mask.since_start.readable(q), per_head(mask.readable(k), self.size.h), self.size)
        if mask.causal:
            scores = scores.masked_fill(mask.offsets(n, m, q.device) > 0, 0)
        with without_autocast(q.device):
            kernel = widen(self.kernel).to(scores.dtype)
            mixed = conv2d(pad(scores, (reach, reach, self._earlier, 0)), kernel, groups=self.size.h)
        return safe_softmax(masked_scores(mixed, mask), mask)
