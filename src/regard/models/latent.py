"""Keys and values from one small vector of each position, which is all that a sequence has to keep of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.bases.cached import Cache, Cached
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, State
from regard.attention.streams import Streams
from regard.core.errors import InvalidOption
from regard.models.projections import MergedProjections, Projected, SeparateProjections, Wanted

LATENT = "latent"
"""What the vectors are called among what is projected, and in the state of a layer."""

MADE = "k", "v"
"""The streams that are made of them."""

SMALLEST = 4
"""Features of a head of which two are turned and two are not."""


@final
@dataclass(frozen=True)
class LatentSize:
    """How large the vectors are."""

    rank: int
    """r, the numbers in c."""
    turned: int
    """How many of the features of a head are turned; 0 where positions turn nothing."""
    d: int
    """Features of a head."""


@final
class LatentProjections(nn.Module):
    """c = W x, of which keys U_k c and values U_v c are made (DeepSeek-AI 2024, arXiv 2405.04434, sec. 2.1).

    What positions turn cannot come from c, or no product with U_k could be taken into the queries: the last
    `turned` features of a key are numbers of their own beside c, which all heads share.
    """

    def __init__(self, features: int, wanted: Mapping[str, Wanted], bias: bool, size: LatentSize) -> None:
        super().__init__()
        self.parts = [size.rank, size.turned]
        self.down = nn.Linear(features, sum(self.parts), bias)
        widths = {name: each.width for name, each in wanted.items() if name in MADE}
        self.heads = widths.get("k", 0) // size.d
        if "k" in widths:
            widths["k"] -= self.heads * size.turned
        self.up = nn.ModuleDict({name: nn.Linear(size.rank, width, False) for name, width in widths.items()})
        rest = {name: each for name, each in wanted.items() if name not in widths}
        self.others = SeparateProjections(features, rest, bias)

    def forward(self, x: Float[Tensor, "b n c"], context: Float[Tensor, "b m c"]) -> Projected:
        """All streams, and the vectors that keys and values are made of."""
        latents = self.down(context)
        return self.others(x, context) | self.expanded(latents) | {LATENT: latents}

    def expanded(self, latents: Float[Tensor, "b m latent"]) -> Projected:
        """Keys and values of all heads."""
        c, turned = torch.split(latents, self.parts, -1)
        made = {name: up(c) for name, up in self.up.items()}
        if "k" in made and turned.shape[-1]:
            shared = turned.unsqueeze(2).expand(-1, -1, self.heads, -1)
            made["k"] = torch.cat([made["k"].unflatten(-1, (self.heads, -1)), shared], -1).flatten(2)
        return made

    def first_latents(self, b: int, device: torch.device | None = None) -> Float[Tensor, "b 0 latent"]:
        """Those before the first position."""
        return torch.empty(b, 0, sum(self.parts), device=device)


Projections = SeparateProjections | MergedProjections | LatentProjections


def turned_features(d: int, kind: str) -> int:
    """How many of d features of a head positions turn: beside a latent vector half of them, in pairs.

    Raises `InvalidOption` where that is none.
    """
    if kind != "latent":
        return d
    if d < SMALLEST:
        message = (
            f"Attention: latent vectors beside turned positions need {SMALLEST} features per head, not {d}."
        )
        raise InvalidOption(message)
    return d // 4 * 2


def refuse_latent(kind: str, latent: int | None, absent: str, convolution: int) -> None:
    """Raise `InvalidOption` for options that do not go with these projections."""
    if kind != "latent":
        if latent is not None:
            raise InvalidOption(f"Attention: latent={latent} changes nothing without projections=latent.")
        return
    if latent is not None and latent < 1:
        raise InvalidOption(f"Attention: latent must be at least 1, not {latent}.")
    if set(MADE) & set(absent):
        raise InvalidOption("Attention: projections=latent makes k and v, so absent cannot name them.")
    if convolution:
        raise InvalidOption(
            "Attention: a convolution of k and v would reach beyond the latent vector of their position. "
            "Set convolution=0, or take projections=separate."
        )


def made_projections(
    kind: str, features: int, wanted: Mapping[str, Wanted], bias: bool, size: LatentSize
) -> Projections:
    """The projections of that kind."""
    if kind == "latent":
        return LatentProjections(features, wanted, bias, size)
    return (MergedProjections if kind == "merged" else SeparateProjections)(features, wanted, bias)


def first_state(mechanism: Mechanism, projections: Projections, b: int, device: torch.device | None) -> State:
    """That before the first position. Where a mechanism caches keys and values, vectors are kept instead."""
    state = mechanism.initial_state(b, device)
    if isinstance(mechanism, Cached) and isinstance(projections, LatentProjections):
        return _others(state) | {LATENT: projections.first_latents(b, device)}
    return state


def go_on(
    mechanism: Mechanism,
    streams: Streams[Tensor],
    mask: Mask,
    state: State,
    projected: Projected,
    made: Callable[[Tensor], Cache],
) -> tuple[Float[Tensor, "b h n e"], State]:
    """`Mechanism.extend`, for which keys and values are made again where the state has vectors instead.

    projected: what is projected of the new positions.
    made: from vectors to keys and values.
    """
    if not (isinstance(state, dict) and LATENT in state):
        return mechanism.extend(streams, mask, state)
    before, new = state[LATENT].to(projected[LATENT]), projected[LATENT]
    mixed, carried = mechanism.extend(streams, mask, _others(state) | made(before))
    return mixed, _others(carried) | {LATENT: torch.cat([before, new], 1)}


def _others(cache: Cache) -> Cache:
    """What is neither made of a vector nor the vectors."""
    return {name: each for name, each in cache.items() if name not in (*MADE, LATENT)}
