"""Performer: softmax attention estimated by positive orthogonal random features (FAVOR+)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, Self, final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention import log_prefix
from regard.attention.cost import Cost
from regard.attention.log_prefix import HIDDEN, LEAST, Sums
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.precision import in_float32
from regard.attention.prefix import shares, with_mass
from regard.attention.recurrent import Recurrent
from regard.attention.scores import safe_softmax
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits

LEAST_RELU = 1e-3
"""Added to the features of the ReLU kernel, as in the authors' code: no key may become invisible."""

LEAST_MASS = 0.5
"""Between the mass of a row that reads nothing, 0, and the least of all others, 1."""


@final
class Performer(Recurrent):
    """Read each allowed key in proportion to φ(q)·φ(k), where φ(x)_f = exp(w_f·x - |x|²/2) at random w_f.

    Equal to softmax attention in the limit of many `features` (r). With `kernel="relu"`, φ is
    relu(w_f·x) instead, which estimates another kernel. The features are kept as logarithms and rescaled by
    per-feature running maxima of the keys that may be read: exact at any scale of q and k, and blind
    to later keys, padding and other examples.
    """

    traits = Traits(
        source="Choromanski et al. 2021, arXiv 2009.14794, lemma 1 and section 2.4",
        time="n r",
        memory="n r",
        causal=True,
        cross=True,
        padding=True,
        start=True,
        streaming=True,
        mass="exactly 1",
        stochastic=True,
        # of standard normal q and k with d = 8, at 32768 features; with half of their size it is 0.01
        ties=(Tie("softmax", "features -> infinity, slowly: the larger q and k, the more", error=0.3),),
    )
    directions: Float[Tensor, "h r d"]

    def __init__(
        self, size: Size, *, features: int = 64, kernel: Literal["softmax", "relu"] = "softmax"
    ) -> None:
        super().__init__(size)
        self.require(features >= 1, f"features must be at least 1, not {features}.")
        # of more even the drawing would take all memory
        self.require(features <= 2**16, f"features must be at most {2**16:,}, not {features:,}.")
        self.features, self.kernel = features, kernel
        if kernel == "relu":
            self.traits = replace(self.traits, ties=())
        self.register_buffer("directions", orthogonal(size.heads, features, size.key_features))

    def redraw(self, rng: torch.Generator) -> None:
        """Replace the random directions, which `state_dict` saves, by fresh ones."""
        fresh = orthogonal(self.size.heads, self.features, self.size.key_features, rng)
        self.directions = fresh.to(self.directions)

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        a, b = self._log_features(streams.q, mask.readable(streams.k))
        v = with_mass(mask.readable(streams.v))
        if mask.keys is not None:
            hidden = ~mask.keys[:, None, :, None]
            b, v = b.masked_fill(hidden, HIDDEN), v.masked_fill(hidden, 0)
        return Streams(q=a, k=b, v=v)

    def initial_state(self, b: int, device: torch.device | None = None) -> Sums:
        h, r, e = self.size.h, self.features, self.size.e
        top = torch.full((b, h, r), HIDDEN, device=device)
        return Sums(top, torch.zeros(b, h, r, e + 1, device=device))

    def write(self, prepared: Streams[Tensor], memory: Sums) -> Sums:
        return log_prefix.write(memory, prepared.k, prepared.v)

    def read(self, prepared: Streams[Tensor], memory: Sums) -> Float[Tensor, "b h n e"]:
        return shares(log_prefix.read(prepared.q, memory), LEAST_MASS)

    def scan(self, prepared: Streams[Tensor], memory: Sums) -> tuple[Float[Tensor, "b h n e"], Sums]:
        mixed, memory = log_prefix.read_so_far(prepared.q, prepared.k, prepared.v, memory)
        return shares(mixed, LEAST_MASS), memory

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e, r = self.size.h, self.size.d, self.size.e, self.features
        m = m - mask.start
        at_once = 2 * (n + m) * r * (e + 1)
        mixing = log_prefix.matmul_flops_so_far(n, r, e + 1) if mask.causal else at_once
        # maximum, subtract, exp per feature, once for each halving of a chunk and once for the memory
        rounds = 3 * max(log_prefix.halvings(n), 1) if mask.causal else 3
        memories = log_prefix.chunk_layout(n)[0] if mask.causal else 1
        return Cost(
            matmul_flops=h * (2 * (n + m) * r * d + mixing),
            # and the memory rescaled and added to; the scaling and norms; the division
            other_flops=h * (rounds * (n + m) * r + 2 * memories * r * (e + 1) + n * d + 3 * m * d + n * e),
            state_numbers=self.memory_numbers(),
        )

    @in_float32
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        a, b = self._log_features(streams.q, mask.readable(streams.k))
        # in groups of 32 features: all at once would hold n m r numbers
        groups = zip(torch.split(a.unsqueeze(3), 32, -1), torch.split(b.unsqueeze(2), 32, -1), strict=True)
        kernel = torch.stack([(some_a + some_b).logsumexp(-1) for some_a, some_b in groups]).logsumexp(0)
        allowed = mask.allowed(streams.q.shape[2], streams.k.shape[2], kernel.device)
        return safe_softmax(kernel if allowed is None else kernel.masked_fill(~allowed, -torch.inf), mask)

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, features=features)) for features in (64, 512, 4096, 32768)]

    def _log_features(self, q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
        """log φ(q) and log φ(k), without the terms that are the same for all keys or all features."""
        # half of the scale of the scores on each side
        scale = self.size.temperature**-0.5
        directions = self.directions.to(q).mT
        a, b = (scale * q) @ directions, (scale * k) @ directions
        if self.kernel == "relu":
            return (a.relu() + LEAST_RELU).log(), (b.relu() + LEAST_RELU).log()
        # |q|²/2 is the same for all keys
        return a, (b - (scale * k).square().sum(-1, keepdim=True) / 2).clamp_min(LEAST)


def orthogonal(h: int, r: int, d: int, rng: torch.Generator | None = None) -> Float[Tensor, "{h} {r} {d}"]:
    """r directions per head, each Gaussian by itself, orthogonal to one another in blocks of d."""
    blocks = -(-r // d)
    basis, triangle = torch.linalg.qr(torch.randn(h, blocks, d, d, generator=rng))
    # without the signs of the diagonal the factor is not uniform among rotations
    basis = basis * triangle.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)
    lengths = torch.randn(h, blocks, d, d, generator=rng).norm(dim=-1, keepdim=True)
    return (lengths * basis.mT).flatten(1, 2)[:, :r]
