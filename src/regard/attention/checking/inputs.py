"""Streams drawn for a law, and what laws do to them."""

import torch
from jaxtyping import Bool
from torch import Tensor

from regard.attention.checking.regimes import Regime
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Side, Streams
from regard.core.randomness import generator_of


def draw(
    mechanism: Mechanism,
    *,
    seed: int = 0,
    b: int = 2,
    n: int | None = None,
    m: int | None = None,
    dtype: torch.dtype = torch.float64,
) -> Streams[Tensor]:
    """Every stream that a mechanism declares, standard normal: n queries (by default as many as the size is
    long) and m keys (by default as many as queries).

    A stream's numbers depend on its name, so that two mechanisms read the same where they read alike.
    """
    n = mechanism.size.length if n is None else n
    positions: dict[Side, int] = {"queries": n, "keys": n if m is None else m}
    return Streams(
        **{
            name: torch.randn(
                *(b, mechanism.heads_of(name), positions[declared.of], declared.features),
                generator=generator_of(seed, "conformance", name),
                dtype=torch.float64,
            ).to(dtype)
            for name, declared in mechanism.declared.items()
        }
    )


def draw_in(mechanism: Mechanism, regime: Regime, *, seed: int = 0) -> Streams[Tensor]:
    """Every stream that a mechanism declares, as a regime says."""
    drawn = draw(mechanism, seed=seed, b=regime.b, n=regime.n, m=regime.m, dtype=regime.dtype)
    loud = {name: regime.loudness * each for name, each in drawn.items() if name in ("q", "k")}
    return drawn.replace(**loud)


def with_grad(streams: Streams[Tensor]) -> Streams[Tensor]:
    """Copies that collect gradients."""
    return streams.map(lambda each: each.detach().clone().requires_grad_())


def first(streams: Streams[Tensor], n: int) -> Streams[Tensor]:
    """The first n positions of every stream."""
    return streams.map(lambda each: each[:, :, :n])


def between(streams: Streams[Tensor], start: int, stop: int) -> Streams[Tensor]:
    """The positions from `start` up to `stop` of every stream."""
    return streams.map(lambda each: each[:, :, start:stop])


def replaced(
    streams: Streams[Tensor], where: Bool[Tensor, "b n"], others: Streams[Tensor]
) -> Streams[Tensor]:
    """Every stream with the positions `where` taken from others; for n = m."""
    chosen = where[:, None, :, None]
    return Streams(
        **{name: torch.where(chosen, getattr(others, name), each) for name, each in streams.items()}
    )


def of_side(mechanism: Mechanism, streams: Streams[Tensor], side: Side) -> dict[str, Tensor]:
    """The streams of the queries, or those of the keys, by name."""
    return {name: each for name, each in streams.items() if getattr(mechanism.declared, name).of == side}


def keys_replaced(
    mechanism: Mechanism, streams: Streams[Tensor], where: Bool[Tensor, "b m"], others: Streams[Tensor]
) -> Streams[Tensor]:
    """The streams of the keys with the positions `where` taken from others; those of the queries stay."""
    keys = {name: getattr(streams, name) for name in of_side(mechanism, streams, "keys")}
    return streams.replace(**dict(replaced(Streams(**keys), where, others).items()))


def queries_first(mechanism: Mechanism, streams: Streams[Tensor], n: int) -> Streams[Tensor]:
    """The first n queries over all keys."""
    queries = of_side(mechanism, streams, "queries")
    return streams.replace(**{name: each[:, :, :n] for name, each in queries.items()})
