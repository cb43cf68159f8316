"""DeltaProduct: several steps of the delta rule at each position of a sequence."""

from collections.abc import Sequence
from typing import Any, Self, final

import torch
from torch import Tensor
from torch.nn.functional import pad

from regard.attention.bases.erasing import Erasing
from regard.attention.kernels.decay_gate import DecayGate
from regard.attention.kernels.decays import HeadDecays
from regard.attention.kernels.unit import UNIT_FLOPS, unit
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams
from regard.attention.traits import Tie, Traits


@final
class DeltaProduct(Erasing):
    """Let the memory decay once, then write several values, each over what it holds at a key of its own.

    Use it for long streams whose state changes by more than one write per position, such as permutations.

    S_t = exp(g_t) A_t S_{t-1} + B_t, where the steps i = 1, ..., r of a position make A_t, the product of all
    I - β_i k_i k_iᵀ, and B_t; the output is S_tᵀ q_t. Queries and keys are read after SiLU and division by
    their length. The first step's key and value are k and v, those of the others lie side by side in streams
    of their own, so there is no one matrix of weights. A product of r reflections turns the memory in r
    dimensions, hence β reaches 2 unless `negative_eigenvalues` is False.

    `steps` is r. Without a causal mask all keys are written in order, and every query reads the last memory.
    """

    traits = Traits(
        source="Siems et al. 2025, arXiv 2502.10297, section 3, the gated form",
        time="n",
        memory="n",
        causal=True,
        padding=True,
        streaming=True,
        weights=False,
        equivariant=False,
        ties=(Tie("gated_delta", "one step"),),
    )

    kind = HeadDecays

    def __init__(self, size: Size, *, steps: int = 2, negative_eigenvalues: bool = True) -> None:
        super().__init__(size)
        self.require_positive(steps=steps)
        self.steps = steps
        self.largest_strength = 2 if negative_eigenvalues else 1
        self.gate = DecayGate(size.h)

    def streams(self) -> Streams[Any]:
        d, e, more = self.size.d, self.size.e, self.steps - 1
        beta, decay = Stream(self.steps, of="keys", init=Init()), Stream(1, of="keys", init=Init())
        more_keys, more_values = (Stream(more * features, of="keys", convolved=True) for features in (d, e))
        return Streams(q=d, k=d, v=e, more_keys=more_keys, more_values=more_values, beta=beta, decay=decay)

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        # in steps, (b, h, m, r, features)
        k = unit(self._each(mask.readable(torch.cat([streams.k, streams.more_keys], -1))))
        v = self._each(mask.readable(torch.cat([streams.v, streams.more_values], -1)))
        # a hidden key neither erases nor fades anything: at 0 both gates are half open
        strength = mask.readable(self.largest_strength * mask.readable(streams.beta).sigmoid())
        beta, g = strength.unsqueeze(-1), mask.readable(self.gate(mask.readable(streams.decay)))
        k, v, p = (x.flatten(3) for x in (k, beta * v, beta * k))
        # the memory decays before the first step alone
        return Streams(q=unit(streams.q), k=k, v=v, p=p, g=pad(g, (0, self.steps - 1)))

    def preparing_flops(self, n: int, m: int) -> int:
        # two gates; the products with the strength
        d, e, steps = self.size.d, self.size.e, self.steps
        return UNIT_FLOPS * (n + steps * m) * d + (6 + steps * (4 + d + e)) * m

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, steps=1, negative_eigenvalues=False))]

    def _each(self, x: Tensor) -> Tensor:
        return x.reshape(*x.shape[:3], self.steps, x.shape[3] // self.steps)
