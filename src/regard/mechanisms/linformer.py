"""Linformer: softmax attention over r learned mixtures of the m keys."""

from collections.abc import Sequence
from typing import Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.cost import Cost
from regard.attention.fused import fused_attention
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.scores import safe_softmax, scaled_scores
from regard.attention.size import Size
from regard.attention.traits import Traits


@final
class Linformer(Mechanism):
    """Softmax attention over E k and F v, r slots each, with E and F learned.

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
        equivariant=False,
        fixed_length=True,
        stochastic=True,
        limit="rank = m = the longest length, E = F = I",
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

    def forward(
        self,
        q: Float[Tensor, "b h n d"],
        k: Float[Tensor, "b h m d"],
        v: Float[Tensor, "b h m e"],
        mask: Mask,
    ) -> Float[Tensor, "b h n e"]:
        m = k.shape[2]
        slot_keys = self.keys[:, :m] @ mask.readable(k)
        slot_values = self.values[:, :m] @ mask.readable(v)
        return fused_attention(q, slot_keys, slot_values, self._filled(mask))

    def cost(self, n: int, m: int) -> Cost:
        h, d, e = self.size.heads, self.size.key_features, self.size.value_features
        r = len(self.keys)
        return Cost(
            matmul_flops=2 * h * r * (m + n) * (d + e),
            # scale, maximum, subtract, exp, sum, divide
            other_flops=6 * h * n * r,
            state_numbers=h * r * (d + e),
            parameters=2 * r * self.size.length,
        )

    def weights(
        self, q: Float[Tensor, "b h n d"], k: Float[Tensor, "b h m d"], mask: Mask
    ) -> Float[Tensor, "b h n m"]:
        m = k.shape[2]
        slots = torch.einsum("rm,bhmd->bhrd", self.keys[:, :m], mask.readable(k))
        over_keys = safe_softmax(scaled_scores(q, slots, self._filled(mask))) @ self.values[:, :m]
        return over_keys if mask.keys is None else over_keys * mask.keys[:, None, None, :]

    @classmethod
    def toward_softmax(cls, size: Size) -> Sequence[Self]:
        limit = cls(size, rank=size.length)
        nn.init.eye_(limit.keys)
        nn.init.eye_(limit.values)
        return [limit]

    def _filled(self, mask: Mask) -> Mask:
        """Which slots hold a readable key: an empty one would be read as if it were a key of zeros."""
        if mask.keys is None:
            return Mask()
        holds = self.keys[:, : mask.keys.shape[1]] != 0
        return Mask(keys=(holds & mask.keys.unsqueeze(1)).any(-1))
