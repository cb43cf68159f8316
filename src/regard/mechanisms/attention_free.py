"""The attention free transformer: positions weigh values feature by feature, without products of q and k."""

from collections.abc import Sequence
from typing import Any, Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.cost import Cost
from regard.attention.kernels import biased_exponentials as biased
from regard.attention.kernels.log_prefix import HIDDEN
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, Near
from regard.attention.precision import in_float32, widen
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits

SMALL = 0.01
"""Standard deviation of the biases at the start."""


@final
class AttentionFree(Mechanism):
    """sigmoid(q_i) ⊙ Σ_j exp(w_ij + k_j) ⊙ v_j / Σ_j exp(w_ij + k_j), each feature by itself.

    Use it at fixed lengths, where features should have weights of their own instead of heads.

    The bias w is learned for each pair of positions and shared by heads (AFT-full). With a `reach`, pairs at
    least so many positions apart have none, and are read all the same (AFT-local).

    Each feature has weights of its own, hence there is no matrix of them.
    """

    traits = Traits(
        source="Zhai et al. 2021, arXiv 2105.14103, eq. 2; section 3.2, AFT-local",
        time="n^2",
        memory="n^2",
        causal=True,
        padding=True,
        weights=False,
        equivariant=False,
        fixed_length=True,
        stochastic=True,
        ties=(Tie("attention_free_simple", "w = 0"),),
    )

    def __init__(self, size: Size, *, reach: int | None = None) -> None:
        super().__init__(size)
        self.require(reach is None or reach >= 1, f"reach must be at least 1, not {reach}.")
        self.reach = reach
        self.biases = nn.Parameter(SMALL * torch.randn(size.length, size.length))

    def streams(self) -> Streams[Any]:
        e = self.size.e
        return Streams(q=e, k=e, v=e)

    @in_float32
    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        k, v = mask.readable(streams.k), biased.with_masses(mask.readable(streams.v))
        if mask.keys is not None:
            hidden = ~mask.keys[:, None, :, None]
            k, v = k.masked_fill(hidden, HIDDEN), v.masked_fill(hidden, 0)
        w = self._biases(k.shape[2]).to(k.dtype)
        read = biased.read_so_far(w, k, v) if mask.causal else biased.read(w, k, v)
        return streams.q.sigmoid() * biased.shares(read)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, e = self.size.h, self.size.e
        products = biased.matmul_flops_so_far(n, e) if mask.causal else biased.matmul_flops(n, m, e)
        # maximum, subtract, exp and two products; the gate and the division
        others = biased.other_flops_so_far(n, e) if mask.causal else 5 * m * e
        return Cost(
            matmul_flops=h * products,
            # of all heads together the biases: maximum, subtract, exp
            other_flops=3 * n * m + h * (others + 5 * n * e),
            state_numbers=h * 2 * m * e,
        )

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        level = cls(size)
        nn.init.zeros_(level.biases)
        return [Near(level)]

    def _biases(self, n: int) -> Float[Tensor, "n n"]:
        w = widen(self.biases[:n, :n])
        if self.reach is None:
            return w
        places = torch.arange(n, device=w.device)
        return w.masked_fill((places - places.unsqueeze(1)).abs() >= self.reach, 0)
