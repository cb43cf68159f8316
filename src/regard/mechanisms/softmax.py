"""Softmax attention, by torch's fused kernel."""

from collections.abc import Sequence
from typing import Self, final

from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.softmax_read import SoftmaxRead
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits


@final
class Softmax(SoftmaxRead):
    """Read each allowed key in proportion to exp(q·k / √d).

    Use it unless its time or memory forbids it: all others are measured against it.
    """

    traits = Traits.of_scores(
        source="Vaswani et al. 2017, arXiv 1706.03762, eq. 1",
        memory="n",
        mass="exactly 1",
        ties=(Tie("softmax", "always"),),
    )

    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        return self.read(streams, mask)

    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        return self.softmax_weights(streams, mask)

    def further_flops(self, n: int, m: int) -> int:
        return 0

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size))]
