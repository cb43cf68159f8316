"""DeltaNet: a memory that forgets what it is about to overwrite."""

from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import silu

from regard.attention import delta_rule
from regard.attention.cost import Cost
from regard.attention.delta_rule import Memory
from regard.attention.mask import Mask
from regard.attention.precision import in_float32
from regard.attention.recurrent import Recurrent
from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams
from regard.attention.traits import Traits

SMALL = 1e-6
"""Added to squared lengths before the division."""


@final
class Delta(Recurrent):
    """Write each value over what the memory holds at its key; read the memory at the query.

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

    def __init__(self, size: Size, *, negative_eigenvalues: bool = False) -> None:
        super().__init__(size)
        self.largest_strength = 2 if negative_eigenvalues else 1

    def streams(self) -> Streams[Any]:
        beta = Stream(1, of="keys", init=Init())
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, beta=beta)

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        beta = self.largest_strength * mask.readable(streams.beta).sigmoid()
        return Streams(
            q=unit(streams.q),
            k=unit(mask.readable(streams.k)),
            v=mask.readable(streams.v),
            # a hidden key writes nothing
            beta=mask.readable(beta),
        )

    def initial_state(self, b: int, device: torch.device | None = None) -> Memory:
        return torch.zeros(b, self.size.h, self.size.d, self.size.e, device=device)

    def write(self, prepared: Streams[Tensor], memory: Memory) -> Memory:
        return delta_rule.write(memory, prepared.k, prepared.v, prepared.beta)

    def read(self, prepared: Streams[Tensor], memory: Memory) -> Float[Tensor, "b h n e"]:
        return prepared.q @ memory

    def scan(self, prepared: Streams[Tensor], memory: Memory) -> tuple[Float[Tensor, "b h n e"], Memory]:
        return delta_rule.read_so_far(prepared.q, prepared.k, prepared.v, prepared.beta, memory)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e = self.size.h, self.size.d, self.size.e
        m = m - mask.start
        at_once = delta_rule.matmul_flops(m, d, e) + 2 * n * d * e
        return Cost(
            matmul_flops=h * (delta_rule.matmul_flops_so_far(n, d, e) if mask.causal else at_once),
            # the triangular solution; SiLU and the division by the length; sigmoid
            other_flops=h * (delta_rule.solving_flops(m, d, e) + 8 * (n + m) * d + 4 * m),
            state_numbers=self.memory_numbers(),
        )

    @in_float32
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        """What the recurrence makes of the identity in place of the values."""
        x = self.prepare(streams, mask)
        m = x.k.shape[2]
        one_hot = torch.eye(m, dtype=x.k.dtype, device=x.k.device).expand(*x.k.shape[:2], m, m)
        memory, rows = torch.zeros_like(x.k.mT), []
        for i in range(m):
            here = slice(i, i + 1)
            memory = delta_rule.write(memory, x.k[:, :, here], one_hot[:, :, here], x.beta[:, :, here])
            rows.append(x.q[:, :, here] @ memory)
        return torch.cat(rows, 2) if mask.causal else x.q @ memory


def unit(x: Float[Tensor, "*any d"]) -> Float[Tensor, "*any d"]:
    """SiLU, then length 1; near 0, shorter than 1 and smooth, so that a zero key has a finite gradient."""
    x = silu(x)
    return x * (x.square().sum(-1, keepdim=True) + SMALL).rsqrt()
