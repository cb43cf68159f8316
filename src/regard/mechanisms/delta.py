"""DeltaNet: a memory that forgets what it is about to overwrite."""

from typing import Any, final

from torch import Tensor

from regard.attention.bases.erasing import Erasing
from regard.attention.kernels.flash_linear import FlashLinear
from regard.attention.kernels.unit import UNIT_FLOPS, unit
from regard.attention.mask import Mask
from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams
from regard.attention.traits import Traits


@final
class Delta(Erasing):
    """Write each value over what the memory holds at its key; read the memory at the query.

    Use it for long streams with lookups by key, where new values replace old ones.

    With q and k after SiLU and division by their length, S_t = (I - β_t k_t k_tᵀ) S_{t-1} + β_t k_t v_tᵀ
    and the output is S_tᵀ q_t. The strength β = sigmoid(W x) is a stream of its own, one number per head.
    `negative_eigenvalues` doubles β: a write can then reflect and not only forget (Grazzi et al. 2024).

    Without a causal mask all keys are written in order, and every query reads the last memory.
    """

    traits = Traits(
        source="Yang et al. 2024, arXiv 2406.06484, sections 2.2 and 3; Grazzi et al. 2024, arXiv 2411.12537",
        time="n",
        memory="n",
        causal=True,
        padding=True,
        streaming=True,
        equivariant=False,
    )

    kernel_form = FlashLinear("delta_rule.chunk_delta_rule", per_head=("beta",))

    def __init__(self, size: Size, *, negative_eigenvalues: bool = False) -> None:
        super().__init__(size)
        self.largest_strength = 2 if negative_eigenvalues else 1

    def streams(self) -> Streams[Any]:
        beta = Stream(1, of="keys", init=Init())
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, beta=beta)

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        k = unit(mask.readable(streams.k))
        # a hidden key erases nothing: near 0 the strength is one half
        beta = mask.readable(self.largest_strength * mask.readable(streams.beta).sigmoid())
        return Streams(q=unit(streams.q), k=k, v=mask.readable(streams.v), beta=beta)

    def preparing_flops(self, n: int, m: int) -> int:
        # the strength, and the products with it
        return UNIT_FLOPS * (n + m) * self.size.d + (4 + self.size.d + self.size.e) * m
