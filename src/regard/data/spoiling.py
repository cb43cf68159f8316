"""Rows of tokens changed a little, so that they are no longer right."""

import torch
from jaxtyping import Int64
from torch import Tensor


def replaced(
    rows: Int64[Tensor, "s n"], tokens: int, rng: torch.Generator, count: int = 1
) -> Int64[Tensor, "s n"]:
    """`count` tokens of each row replaced by other ones. The tokens are those below `tokens`; what is not,
    is padding.
    """
    places = torch.rand(rows.shape, generator=rng).masked_fill(rows >= tokens, 2.0).argsort(1)[:, :count]
    shift = torch.randint(1, tokens, places.shape, generator=rng)
    return rows.scatter(1, places, (rows.gather(1, places) + shift) % tokens)


def exchanged(rows: Int64[Tensor, "s n"], tokens: int, rng: torch.Generator) -> Int64[Tensor, "s n"]:
    """Two different tokens of each row exchanged; rows of one token alone as they were."""
    real = rows < tokens
    place = torch.multinomial(real.double(), 1, generator=rng)
    others = real & (rows != rows.gather(1, place))
    others = torch.where(others.any(1, keepdim=True), others, real)
    other = torch.multinomial(others.double(), 1, generator=rng)
    return rows.scatter(1, place, rows.gather(1, other)).scatter(1, other, rows.gather(1, place))
