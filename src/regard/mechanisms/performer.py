"""Performer: softmax attention estimated by positive orthogonal random features (FAVOR+)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, Self, final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.bases.log_featured import LogFeatured
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.traits import Tie, Traits

LEAST_RELU = 1e-3
"""Added to the features of the ReLU kernel, as in the authors' code: no key may become invisible."""


@final
class Performer(LogFeatured):
    """Read each allowed key in proportion to φ(q)·φ(k), where φ(x)_f = exp(w_f·x - |x|²/2) at random w_f.

    Use it for softmax in linear time while scores are small; at large ones it tends to the mean.

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
        self.require_positive(features=features)
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

    def map_queries(self, q: Float[Tensor, "b h n d"]) -> Float[Tensor, "b h n r"]:
        a = self._scaled(q) @ self.directions.to(q).mT
        # |q|²/2 is the same for all features
        return (a.relu() + LEAST_RELU).log() if self.kernel == "relu" else a

    def map_keys(self, k: Float[Tensor, "b h m d"]) -> Float[Tensor, "b h m r"]:
        k = self._scaled(k)
        b = k @ self.directions.to(k).mT
        if self.kernel == "relu":
            return (b.relu() + LEAST_RELU).log()
        return b.sub_(k.square().sum(-1, keepdim=True) / 2)

    def mapping_cost(self, n: int, m: int) -> tuple[int, int]:
        # the scaling and norms
        return 2 * (n + m) * self.features * self.size.d, (n + 3 * m) * self.size.d

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, features=features)) for features in (64, 512, 4096, 32768)]

    def _scaled(self, x: Float[Tensor, "b h m d"]) -> Float[Tensor, "b h m d"]:
        """With half of the scale of the scores on each side."""
        return x * self.size.temperature**-0.5


def orthogonal(h: int, r: int, d: int, rng: torch.Generator | None = None) -> Float[Tensor, "{h} {r} {d}"]:
    """r directions per head, each Gaussian by itself, orthogonal to one another in blocks of d."""
    blocks = -(-r // d)
    basis, triangle = torch.linalg.qr(torch.randn(h, blocks, d, d, generator=rng))
    # without the signs of the diagonal the factor is not uniform among rotations
    basis = basis * triangle.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)
    lengths = torch.randn(h, blocks, d, d, generator=rng).norm(dim=-1, keepdim=True)
    return (lengths * basis.mT).flatten(1, 2)[:, :r]
