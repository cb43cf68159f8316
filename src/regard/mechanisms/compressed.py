"""Heavily compressed attention (HCA) of DeepSeek-V4: one entry per block of the past, beside a window."""

from collections.abc import Sequence
from typing import Self, final

from jaxtyping import Bool, Float
from torch import Tensor

from regard.attention.bases.beside_window import BesideWindow, Place, toward_softmax
from regard.attention.kernels.entries import Entries
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits


@final
class Compressed(BesideWindow):
    """One softmax over the keys at most `window` positions away, one entry per complete block, and a sink.

    Use it for very long streams: the far past is read through one entry per block.

    The entry of a block is RMSNorm(Σ_j softmax_j(z_j + p_j) c_j), feature by feature, with contents c and
    scores z projected from its `block` positions and p learned for each place in a block. All heads read the
    same entries. A causal query reads those of the blocks that are complete up to itself. The sink has a
    score learned for each head, and nothing to read.

    In the paper an entry is key and value at once. Here these may differ in their features, so that an entry
    has some for either, each normalized for itself. Entries have no rotary positions.
    """

    traits = Traits(
        source="DeepSeek-AI 2026, DeepSeek-V4, arXiv 2606.19348, eqs. 20 to 23; OpenAI 2025, gpt-oss model "
        "card, arXiv 2508.10925, the sink",
        time="n^2",
        memory="n^2",
        causal=True,
        streaming=True,
        grouped=True,
        weights=False,
        equivariant=False,
        ties=(Tie("softmax", "block > n, window >= n, sink -> -inf"),),
    )

    def __init__(self, size: Size, *, block: int = 8, window: int = 8) -> None:
        super().__init__(size, block=block, window=window)
        self.entries = Entries(block, (size.d, size.e))

    def mix(
        self,
        streams: Streams[Tensor],
        entries: Float[Tensor, "b 1 w features"],
        complete: Bool[Tensor, "n w"],
        place: Place,
    ) -> Float[Tensor, "b h n e"]:
        return self.read(streams, entries, complete, place)[0]

    def choosing_cost(self, n: int, w: int) -> tuple[int, int]:
        return 0, 0

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return toward_softmax(cls, size)
