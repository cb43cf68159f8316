"""Selective attention: what one head reads much is masked, little by little, from all later queries."""

from typing import Any, final

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import pad

from regard.attention.cost import Cost
from regard.attention.kernels.scores import masked_scores, per_head, safe_softmax, scores_of
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Stream, Streams
from regard.attention.traits import Traits

Past = tuple[Float[Tensor, "b g _ d"], Float[Tensor, "b g _ e"], Float[Tensor, "b 1 1 _"]]
"""Keys, values, and what all queries so far take from the scores of each key."""


@final
class Selective(Mechanism):
    """Softmax of q·k / √d - F in all heads, where F_ij is the sum of relu(q_t·k_j / √d) in the first head
    over the queries t between key j and query i.

    Use it where what was said becomes obsolete, without new weights.

    No query takes anything from itself or from the first key, so that something is left to read. It has no
    parameters. A bias is added to the scores, and not to what is taken from them. Without a causal mask
    queries read later keys as softmax attention does.
    """

    traits = Traits.of_scores(
        source="Leviathan et al. 2024, arXiv 2410.02703, section 3", mass="exactly 1"
    ).without("cross", "start", "edges", "segments", "dense", "equivariant")

    def streams(self) -> Streams[Any]:
        # queries reach later queries, as keys do
        return Streams(q=Stream(self.size.d, of="keys"), k=self.size.d, v=self.size.e)

    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        q = streams.q
        return self._go_on(streams, mask, self.initial_state(len(q), q.device))[0]

    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n n"]:
        q = streams.q
        return self._weights(q, streams.k, mask, q.new_empty(len(q), 1, 1, 0))[0].to(streams.v.dtype)

    def initial_state(self, b: int, device: torch.device | None = None) -> Past:
        k, v, taken = (
            torch.empty(shape, device=device)
            for shape in ((b, self.size.g, 0, self.size.d), (b, self.size.g, 0, self.size.e), (b, 1, 1, 0))
        )
        return k, v, taken

    def extend(
        self, streams: Streams[Tensor], mask: Mask, state: Past
    ) -> tuple[Float[Tensor, "b h n e"], Past]:
        return self._go_on(streams, mask, state)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e = self.size.h, self.size.d, self.size.e
        return Cost(
            matmul_flops=2 * h * n * m * (d + e),
            # subtract; maximum, subtract, exp, sum, divide; and relu and three sums of the first head
            other_flops=h * n * (6 * m + d) + 4 * n * m,
            state_numbers=m * (self.size.g * (d + e) + 1),
        )

    def _go_on(
        self, streams: Streams[Tensor], mask: Mask, state: Past
    ) -> tuple[Float[Tensor, "b h n e"], Past]:
        past_k, past_v, taken = state
        k = torch.cat([past_k.to(streams.k), streams.k], 2)
        v = torch.cat([past_v.to(streams.v), streams.v], 2)
        weights, taken = self._weights(streams.q, k, mask, taken)
        return weights.to(v.dtype) @ per_head(mask.readable(v), self.size.h), (k, v, taken)

    def _weights(
        self, q: Tensor, k: Tensor, mask: Mask, taken: Float[Tensor, "b 1 1 past"]
    ) -> tuple[Float[Tensor, "b h n m"], Float[Tensor, "b 1 1 m"]]:
        """The weights, and what the queries up to the last take from each key."""
        q, k = mask.since_start.readable(q), per_head(mask.readable(k), self.size.h)
        scores = scores_of(q, k, self.size)
        # a hidden query or key is 0, and so are its scores
        takes = scores[:, :1].relu().masked_fill(~_may_take(mask, q.shape[2], k.shape[2], q.device), 0)
        before = pad(taken.to(takes), (0, takes.shape[3] - taken.shape[3]))
        so_far = before + takes.cumsum(2)
        scores = scores - torch.cat([before, so_far[:, :, :-1]], 2)
        return safe_softmax(masked_scores(scores, mask), mask), so_far[:, :, -1:].clone()


def _may_take(mask: Mask, n: int, m: int, device: torch.device) -> Bool[Tensor, "..."]:
    """Whether query t takes from key j: the key lies before the query and is not the first."""
    earlier, places = mask.offsets(n, m, device) < 0, torch.ones(1, m, dtype=torch.bool, device=device)
    later = (places if mask.keys is None else mask.keys).cumsum(1) > 1
    return (earlier & later.unsqueeze(1)).unsqueeze(1)
