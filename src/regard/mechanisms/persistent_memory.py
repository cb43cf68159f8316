"""Persistent memory: learned keys and values beside those of the sequence."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.bases.cached import Cached
from regard.attention.cost import Cost
from regard.attention.kernels.scores import per_head, safe_rows, scores_of, wide_scores
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits


@final
class PersistentMemory(Cached):
    """One softmax over the sequence's keys and r learned ones, whose values are learned too.

    Use it to have learned keys and values in place of a feed-forward layer.

    No mask and no bias meets the learned ones: they lie nowhere, and hold what is true of every sequence. But
    a query to which a mask leaves nothing of its sequence gives 0. They are drawn from N(0, 1) for each head.
    The output has no matrix of weights: part of it is no value of the sequence.

    slots: r.
    """

    traits = replace(
        Traits.of_scores(
            source="Sukhbaatar et al. 2019, arXiv 1907.01470, section 4.2, persistent vectors",
            weights=False,
            # the learned keys do not turn
            rotary=False,
            ties=(Tie("softmax", "slots = 0"),),
        ),
        stochastic=True,
    )

    def __init__(self, size: Size, *, slots: int = 16) -> None:
        super().__init__(size)
        self.require(
            0 <= slots <= 2**16, f"slots must be from 0, which is softmax, to {2**16:,}, not {slots:,}."
        )
        self.keys = nn.Parameter(torch.randn(size.h, slots, size.d))
        self.values = nn.Parameter(torch.randn(size.h, slots, size.e))

    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        m, v = streams.k.shape[2], per_head(mask.readable(streams.v), self.size.h)
        to_slots = scores_of(streams.q, self.keys, self.size)
        scores = wide_scores(streams.q, streams.k, mask, self.size)
        weights = safe_rows(lambda rows: torch.cat([rows, to_slots], -1).softmax(-1), scores, mask)
        weights, values = weights.to(v.dtype), self.values.to(v.dtype)
        return weights[..., :m] @ v + weights[..., m:] @ values

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, read = self.size.h, self.size.d, self.size.e, m + self.keys.shape[1]
        return Cost(
            matmul_flops=2 * h * n * read * (d + e),
            # maximum, subtract, exp, sum, divide; the scale of q; the sum of both parts
            other_flops=h * n * (5 * read + d + e),
            state_numbers=self.cached_numbers(m),
        )

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, slots=0))]
