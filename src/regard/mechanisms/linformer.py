"""Linformer: softmax attention over r learned mixtures of the m keys."""

from collections.abc import Sequence
from typing import Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.cost import Cost
from regard.attention.kernels.fused import fused_attention
from regard.attention.kernels.scores import safe_softmax, wide_scores
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, Near
from regard.attention.precision import in_float32
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits


@final
class Linformer(Mechanism):
    """Softmax attention over E k and F v, r slots each, with E and F learned.

    Use it to read both ways at a fixed length in linear time, where maps have a low rank.

    E and F are (r, longest length), separate for keys and values and shared by the heads (the paper's
    head-wise sharing). They start from N(0, 1/r), as in its theorem 2. A shorter input takes the first
    columns; hidden keys and values enter as 0, so that neither their content nor their number matters.

    rank: r, from 1 to the longest length.
    """

    traits = Traits(
        source="Wang et al. 2020, arXiv 2006.04768, eq. 7",
        time="n r",
        memory="n r",
        cross=True,
        padding=True,
        rotary=True,
        equivariant=False,
        fixed_length=True,
        stochastic=True,
        ties=(Tie("softmax", "rank = m = the longest length, E = F = I"),),
    )

    def __init__(self, size: Size, *, rank: int = 16) -> None:
        super().__init__(size)
        self.require(
            1 <= rank <= size.length,
            f"rank must be between 1 and the length {size.length}, not {rank}. "
            f"Choose a smaller rank or longer sequences.",
        )
        self.keys = nn.Parameter(torch.randn(rank, size.length) * rank**-0.5)
        self.values = nn.Parameter(torch.randn(rank, size.length) * rank**-0.5)

    # slots are sums over all keys, and large scores would show what half precision rounds away of them
    @in_float32
    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        m, dtype = streams.k.shape[2], streams.k.dtype
        slots = Streams(
            q=streams.q,
            k=self.keys[:, :m].to(dtype) @ mask.readable(streams.k),
            v=self.values[:, :m].to(dtype) @ mask.readable(streams.v),
        )
        return fused_attention(slots, self._filled(mask), self.size)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, r = self.size.h, self.size.d, self.size.e, len(self.keys)
        return Cost(
            matmul_flops=2 * h * r * (m + n) * (d + e),
            # scale, maximum, subtract, exp, sum, divide
            other_flops=6 * h * n * r,
            state_numbers=h * r * (d + e),
        )

    @in_float32
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        m, dtype, filled = streams.k.shape[2], streams.k.dtype, self._filled(mask)
        slots = torch.einsum("rm,bhmd->bhrd", self.keys[:, :m].to(dtype), mask.readable(streams.k))
        weights = safe_softmax(wide_scores(streams.q, slots, filled, self.size), filled)
        over_keys = weights @ self.values[:, :m].to(dtype)
        return over_keys if mask.keys is None else over_keys * mask.keys[:, None, None, :]

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        limit = cls(size, rank=size.length)
        nn.init.eye_(limit.keys)
        nn.init.eye_(limit.values)
        return [Near(limit)]

    def _filled(self, mask: Mask) -> Mask:
        """Which slots hold a readable key: an empty one would be read as if it were a key of zeros."""
        if mask.keys is None:
            return Mask()
        holds = self.keys[:, : mask.keys.shape[1]] != 0
        return Mask(keys=(holds & mask.keys.unsqueeze(1)).any(-1))
