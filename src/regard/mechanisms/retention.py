"""Retention: a memory that decays at a fixed rate, slow in some heads and fast in others."""

from typing import final

from torch import Tensor
from torch.nn.functional import silu

from regard.attention.bases.fading import Fading
from regard.attention.kernels.flash_linear import FlashLinear
from regard.attention.kernels.retention_rates import lightning_rates, retention_rates
from regard.attention.mask import Mask
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Traits


@final
class Retention(Fading):
    """Read each key in proportion to q·k / √d times γ for every position in between.

    Use it for long streams whose past fades at rates that are known beforehand.

    The memory S_t = γ S_{t-1} + k_t v_tᵀ has one γ = 1 - 2^(-5-h) for each head h. Rotary positions are
    relative, as in the paper; a norm of each head's output and a gate, as there, are the layer's
    (`output_norm`, `output_gate`). Positions that are hidden do not count: nothing fades at them.

    `lightning` makes it Lightning Attention, as in MiniMax-01: q and k after SiLU, whose products no rotation
    leaves alone, and γ = exp(-2^(-8 (h + 1) / H) (1 - l / (L - 1) + 10^-5)) in layer l of L.

    Without a causal mask all keys are written in order, and every query reads the last memory.
    """

    traits = Traits(
        source="Sun et al. 2023, arXiv 2307.08621, eq. 5-8; Qin et al. 2024, arXiv 2401.04658",
        time="n",
        memory="n",
        causal=True,
        padding=True,
        rotary=True,
        streaming=True,
        equivariant=False,
    )

    rates: Tensor
    kernel_form = FlashLinear("simple_gla.chunk_simple_gla", per_head=("g",))

    def __init__(self, size: Size, *, lightning: bool = False) -> None:
        super().__init__(size)
        self.lightning = lightning
        rates = lightning_rates(size) if lightning else retention_rates(size.h)
        self.register_buffer("rates", rates, persistent=False)
        if lightning:
            self.traits = self.traits.without("rotary")

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        b, h, m, _ = streams.k.shape
        q, k = streams.q, mask.readable(streams.k)
        if self.lightning:
            q, k = silu(q), silu(k)
        return Streams(
            q=q / self.size.temperature,
            k=k,
            v=mask.readable(streams.v),
            g=mask.readable(self.rates.to(streams.k).expand(b, h, m, 1)),
        )

    def preparing_flops(self, n: int, m: int) -> int:
        # scale, and the activation
        return self.size.d * (n + 3 * (n + m) * self.lightning)
