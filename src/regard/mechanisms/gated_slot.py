"""Gated slot attention: a few slots that are written to by gates, and read by softmax."""

from typing import Any, NamedTuple, final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import logsigmoid, silu

from regard.attention.bases.recurrent import Recurrent
from regard.attention.cost import Cost
from regard.attention.kernels import decaying_prefix
from regard.attention.kernels.decays import FeatureDecays
from regard.attention.kernels.flash_linear import FlashLinear
from regard.attention.mask import Mask
from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams
from regard.attention.traits import Traits

SLOWNESS = 8
"""The root that is taken of a gate, so that gates near one half forget slowly."""


class Memory(NamedTuple):
    """The keys and the values of all slots."""

    k: Float[Tensor, "b h slots d"]
    v: Float[Tensor, "b h slots e"]


@final
class GatedSlot(Recurrent):
    """Mix each key and value into every slot by a gate of its own; read the slots by softmax.

    Use it for long streams with lookups, and to turn a trained softmax model into a recurrent one.

    Slot s keeps the share f_t of its key and value and takes 1 - f_t of the new ones:
    K_t = diag(f_t) K_{t-1} + (1 - f_t) k_tᵀ, V_t likewise, and the output is V_tᵀ softmax(K_t q_t / √d), with
    q and k after SiLU. The gate f = sigmoid(W x)^(1/8) is a number for each head and slot.

    `slots` is their number. Without a causal mask all keys are written in order, and every query reads the
    last memory.
    """

    traits = Traits(
        source="Zhang et al. 2024, arXiv 2409.07146, section 3",
        time="n",
        memory="n",
        causal=True,
        padding=True,
        streaming=True,
        equivariant=False,
    )

    kernel_form = FlashLinear("gsa.chunk_gsa", renamed={"taken": "s"}, turned=(0,))

    def __init__(self, size: Size, *, slots: int = 64) -> None:
        super().__init__(size)
        self.require_positive(slots=slots)
        self.slots = slots

    def streams(self) -> Streams[Any]:
        gate = Stream(self.slots, of="keys", init=Init())
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, keep=gate)

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        # a hidden key is kept out of every slot
        g = mask.readable(logsigmoid(mask.readable(streams.keep)) / SLOWNESS)
        return Streams(
            q=silu(streams.q) / self.size.temperature,
            k=silu(mask.readable(streams.k)),
            v=mask.readable(streams.v),
            g=g,
            taken=-torch.expm1(g),
        )

    def empty(self, b: int, e: int, device: torch.device | None = None) -> Memory:
        h, d = self.size.h, self.size.d
        return Memory(*[torch.zeros(b, h, self.slots, features, device=device) for features in (d, e)])

    def write(self, prepared: Streams[Tensor], memory: Memory) -> Memory:
        g, taken = prepared.g, prepared.taken
        return Memory(
            decaying_prefix.write(memory.k, taken, prepared.k, g),
            decaying_prefix.write(memory.v, taken, prepared.v, g),
        )

    def read(self, prepared: Streams[Tensor], memory: Memory) -> Float[Tensor, "b h n e"]:
        return (prepared.q @ memory.k.mT).softmax(-1) @ memory.v

    def scan(self, prepared: Streams[Tensor], memory: Memory) -> tuple[Float[Tensor, "b h n e"], Memory]:
        g, taken = prepared.g, prepared.taken
        scores, k = decaying_prefix.found_so_far(prepared.q, taken, prepared.k, g, memory.k)
        mixed, v = decaying_prefix.read_so_far(scores.softmax(-1), taken, prepared.v, g, memory.v)
        return mixed, Memory(k, v)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, slots = self.size.h, self.size.d, self.size.e, self.slots
        m = m - mask.start
        if mask.causal:
            products = decaying_prefix.matmul_flops_found(n, slots, d)
            products += decaying_prefix.matmul_flops_so_far(n, slots, e, FeatureDecays)
            decaying = decaying_prefix.other_flops_found(n, slots, d)
            decaying += decaying_prefix.other_flops_so_far(n, slots, e, FeatureDecays)
        else:
            products = decaying_prefix.matmul_flops(m, slots, d + e) + 2 * n * slots * (d + e)
            decaying = 6 * m * slots
        # SiLU and scale; gates; softmax
        preparing = d * (3 * m + 4 * n) + 5 * m * slots + 5 * n * slots
        return Cost(
            matmul_flops=h * products,
            other_flops=h * (decaying + preparing),
            state_numbers=self.memory_numbers(),
        )
