"""MesaNet: the memory that fits all keys and values so far best, solved for at every position."""

from typing import Any, NamedTuple, final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import softplus

from regard.attention.bases.recurrent import Recurrent
from regard.attention.cost import Cost
from regard.attention.kernels import decaying_prefix
from regard.attention.kernels.decay_gate import DecayGate
from regard.attention.kernels.decays import HeadDecays
from regard.attention.kernels.unit import UNIT_FLOPS, unit
from regard.attention.mask import Mask
from regard.attention.precision import widen
from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams
from regard.attention.traits import Traits

LEAST = 0.25
"""The least that is added to the diagonal, so that every system has a solution."""

START = 1.0
"""What is added to the diagonal at the start."""


class Memory(NamedTuple):
    """Running sums of what keys write: H and G."""

    of_keys: Float[Tensor, "b h d d"]
    of_values: Float[Tensor, "b h d e"]


@final
class Mesa(Recurrent):
    """Read the linear map that best takes all keys so far to their values, at the query.

    Use it for the most exact lookups that a state allows, where time matters less.

    H_t = exp(g_t) H_{t-1} + β_t k_t k_tᵀ and G_t = exp(g_t) G_{t-1} + β_t k_t v_tᵀ; the output
    G_tᵀ (H_t + Λ)^(-1) q_t is that of least squares, in which errors count the less the older they are and
    Λ > 0, learned for each head and feature, holds the map small. q and k are read after SiLU and division by
    their length; the strength β = sigmoid(W x) and the log decay g are numbers per head. The systems are
    solved exactly, where the paper takes steps of conjugate gradients.

    Without a causal mask all keys are written in order, and every query reads the last memory.
    """

    traits = Traits(
        source="von Oswald et al. 2025, arXiv 2506.05233, the Mesa layer with gates",
        time="n",
        memory="n",
        causal=True,
        padding=True,
        streaming=True,
        equivariant=False,
    )

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.gate = DecayGate(size.h)
        start = torch.tensor(START - LEAST).expm1().log()
        self.added = nn.Parameter(start.expand(size.h, 1, size.d).clone())

    def streams(self) -> Streams[Any]:
        each = Stream(1, of="keys", init=Init())
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, beta=each, decay=each)

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        k, beta = unit(mask.readable(streams.k)), mask.readable(streams.beta).sigmoid()
        g = mask.readable(self.gate(mask.readable(streams.decay)))
        return Streams(q=unit(streams.q), k=k, written=beta * k, v=beta * mask.readable(streams.v), g=g)

    def empty(self, b: int, e: int, device: torch.device | None = None) -> Memory:
        h, d = self.size.h, self.size.d
        return Memory(torch.zeros(b, h, d, d, device=device), torch.zeros(b, h, d, e, device=device))

    def write(self, prepared: Streams[Tensor], memory: Memory) -> Memory:
        k, g = prepared.k, prepared.g
        return Memory(
            decaying_prefix.write(memory.of_keys, k, prepared.written, g),
            decaying_prefix.write(memory.of_values, k, prepared.v, g),
        )

    def read(self, prepared: Streams[Tensor], memory: Memory) -> Float[Tensor, "b h n e"]:
        return self._solved(memory.of_keys, prepared.q.mT).mT @ memory.of_values

    def scan(self, prepared: Streams[Tensor], memory: Memory) -> tuple[Float[Tensor, "b h n e"], Memory]:
        q, k, written, v, g = prepared
        # H after every position: a running sum of outer products, d x d numbers each
        one, outer, before = torch.ones_like(g), k.unsqueeze(4) * written.unsqueeze(3), memory.of_keys
        sums, last = decaying_prefix.read_so_far(
            one, one, outer.flatten(3), g, before.flatten(2).unsqueeze(2)
        )
        solved = self._solved(sums.view_as(outer), q.unsqueeze(4)).squeeze(4)
        mixed, of_values = decaying_prefix.read_so_far(solved, k, v, g, memory.of_values)
        return mixed, Memory(last.view_as(before), of_values)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e = self.size.h, self.size.d, self.size.e
        m = m - mask.start
        products = decaying_prefix.matmul_flops(m, d, d + e) + 2 * n * d * e
        systems, decaying = 1, 3 * m * d
        if mask.causal:
            systems, decaying = n, decaying_prefix.other_flops_so_far(n, d, e, HeadDecays)
        if mask.causal and n > 1:
            products = decaying_prefix.matmul_flops_so_far(n, d, e, HeadDecays)
            products += decaying_prefix.matmul_flops_so_far(n, 1, d * d, HeadDecays)
            decaying += 4 * n * d * d
        # two gates, the products with the strength; a factorization for each system, and two triangles
        preparing = UNIT_FLOPS * (n + m) * d + (10 + d + e) * m
        return Cost(
            matmul_flops=h * products,
            other_flops=h * (preparing + decaying + systems * (2 * d**3 // 3) + 2 * n * d * d),
            state_numbers=self.memory_numbers(),
        )

    def _solved(self, of_keys: Float[Tensor, "*any d d"], q: Float[Tensor, "*any d n"]) -> Tensor:
        """(H + Λ)^(-1) q."""
        added = torch.diag_embed(softplus(widen(self.added)) + LEAST)
        added = added if of_keys.dim() == 5 else added.squeeze(1)
        # no look whether it failed: H + Λ is positive, and on a GPU every program would wait. Gradients are
        # solutions by the same factors, several times as fast as those of a Cholesky factor itself.
        return torch.linalg.solve_ex(of_keys + added, q).result
