"""Hybrid attention: a dilated window for what is near, and one sum over all keys for what is far."""

from collections.abc import Sequence
from typing import Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import elu

from regard.attention.bases.banded import Banded, Kept
from regard.attention.cost import Cost
from regard.attention.kernels import prefix
from regard.attention.kernels.prefix import shares, with_mass
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, Near
from regard.attention.precision import in_float32, widen
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits

Sums = Float[Tensor, "b h d columns"]
"""Keys times values, and in the last column the sum of the keys."""

ONE_SIDE = 40.0
"""A logit at which a gate is 1, or 0, in float64 as well."""

LEAST = 1e-6
"""The least mass that a row of the far part is divided by, as in linear attention."""


@final
class Hybrid(Mechanism):
    """g times dilated attention plus 1 - g times linear attention, with a gate g for each head.

    Use it for long sequences with sharp detail nearby and a diffuse past.

    Both read the same queries, keys and values: the window sharply, as a softmax, and all keys in proportion
    to φ(q)·φ(k) with φ = elu + 1. The gate is a sigmoid of one learned number, and starts at one half. Where
    no key of a window may be read, weights sum to 1 - g.

    window, stride: those of dilated attention.
    """

    traits = Traits(
        source="after Ibtehaz et al. 2024, arXiv 2406.08859, gated fusion of attention in windows and sparse "
        "attention; Katharopoulos et al. 2020, arXiv 2006.16236",
        time="n w",
        memory="n w",
        causal=True,
        padding=True,
        streaming=True,
        mass="at most 1",
        equivariant=False,
        ties=(Tie("dilated", "gate = 1"), Tie("linear", "gate = 0")),
    )

    def __init__(self, size: Size, *, window: int = 4, stride: int = 2) -> None:
        super().__init__(size)
        self.require(stride >= 1, f"stride must be at least 1, not {stride}. Choose 1 for every neighbor.")
        self.require(
            window >= 0, f"window must not be negative, but is {window}. Choose 0 for oneself alone."
        )
        self.near = _Window(size, window=window, stride=stride)
        self.logit = nn.Parameter(torch.zeros(size.h, 1, 1))

    @in_float32
    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        far, _ = self._far(streams, mask, self._no_sums(len(streams.q)).to(streams.q))
        return self._mixed(self.near(streams, mask), far)

    @in_float32
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n n"]:
        products = _positive(streams.q) @ _positive(mask.readable(streams.k)).mT
        allowed = mask.allowed(products.shape[2], products.shape[3], products.device)
        if allowed is not None:
            products = products.masked_fill(~allowed, 0)
        far = products / products.sum(-1, keepdim=True).clamp_min(LEAST)
        return self._mixed(self.near.weights(streams, mask), far)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, near = self.size.h, self.size.d, self.size.e, self.near.cost(n, m, mask)
        at_once = 2 * 2 * n * d * (e + 1)
        return Cost(
            matmul_flops=near.matmul_flops
            + h * (prefix.matmul_flops_so_far(n, d, e + 1) if mask.causal else at_once),
            # exp, add and choose per feature; the division, the gate
            other_flops=near.other_flops + h * (6 * n * d + 4 * n * e),
            state_numbers=near.state_numbers + h * d * (e + 1),
        )

    def initial_state(self, b: int, device: torch.device | None = None) -> tuple[Kept, Sums]:
        return self.near.initial_state(b, device), self._no_sums(b, device)

    @in_float32
    def extend(
        self, streams: Streams[Tensor], mask: Mask, state: tuple[Kept, Sums]
    ) -> tuple[Float[Tensor, "b h n e"], tuple[Kept, Sums]]:
        near, recent = self.near.extend(streams, mask, state[0])
        far, memory = self._far(streams, mask.since_start, state[1].to(streams.k))
        return self._mixed(near, far), (recent, memory)

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        limit = ONE_SIDE if name == "dilated" else -ONE_SIDE
        return [Near(cls._leaning(size, logit)) for logit in (0.0, limit / 10, limit)]

    @classmethod
    def _leaning(cls, size: Size, logit: float) -> Self:
        mechanism = cls(size)
        nn.init.constant_(mechanism.logit, logit)
        return mechanism

    def _mixed(self, near: Tensor, far: Tensor) -> Tensor:
        return torch.lerp(far, near, widen(self.logit).sigmoid().to(far.dtype))

    def _far(self, streams: Streams[Tensor], mask: Mask, memory: Sums) -> tuple[Tensor, Sums]:
        """What queries read from sums over the keys up to each, or over all, and the sums after the last."""
        q, k = _positive(streams.q), mask.readable(_positive(mask.readable(streams.k)))
        v = with_mass(mask.readable(streams.v))
        if mask.causal and q.shape[2] > 1:
            read, memory = prefix.read_so_far(q, k, v, memory)
        else:
            memory = prefix.write(memory, k, v)
            read = q @ memory
        return shares(read, LEAST), memory

    def _no_sums(self, b: int, device: torch.device | None = None) -> Sums:
        return torch.zeros(b, self.size.h, self.size.d, self.size.e + 1, device=device)


@final
class _Window(Banded):
    """The near part."""

    traits = Traits(
        source="Beltagy et al. 2020, arXiv 2004.05150, section 3.1, dilated sliding window",
        time="n w",
        memory="n w",
        causal=True,
        padding=True,
        streaming=True,
        mass="exactly 1",
        equivariant=False,
    )


def _positive(x: Float[Tensor, "*any d"]) -> Float[Tensor, "*any d"]:
    return elu(x) + 1
