"""Bilinear attention: a learned matrix stands between queries and keys."""

from collections.abc import Sequence
from typing import Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.bases.softmax_read import SoftmaxRead
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.precision import widen, without_autocast
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits


@final
class Bilinear(SoftmaxRead):
    """Softmax of qᵀ W k / √d, where one W is learned for each head ("general" scores).

    Use it where queries and keys have no learned projections of their own.

    W starts as the identity, at which it is softmax attention.
    """

    traits = Traits.of_scores(
        source="Luong et al. 2015, arXiv 1508.04025, section 3.1, general",
        memory="n",
        mass="exactly 1",
        rotary=False,
        ties=(Tie("softmax", "W = I"),),
    )

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.between = nn.Parameter(torch.eye(size.d).repeat(size.h, 1, 1))

    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        return self.read(self._turned(streams), mask)

    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        return self.softmax_weights(self._turned(streams), mask)

    def further_flops(self, n: int, m: int) -> int:
        return 0

    def further_matmul_flops(self, n: int, m: int) -> int:
        return 2 * n * self.size.d**2

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size))]

    def _turned(self, streams: Streams[Tensor]) -> Streams[Tensor]:
        q = streams.q
        with without_autocast(q.device):
            turned = widen(q) @ widen(self.between).to(widen(q).dtype)
        return streams.replace(q=turned.to(q.dtype))
