"""Queries and keys of length 1, as delta rules read them."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import silu

SMALL = 1e-6
"""Added to squared lengths before the division."""

UNIT_FLOPS = 8
"""Operations of `unit` for each number."""


def unit(x: Float[Tensor, "*any d"]) -> Float[Tensor, "*any d"]:
    """SiLU, then length 1."""
    return of_length_one(silu(x))


def of_length_one(x: Float[Tensor, "*any d"]) -> Float[Tensor, "*any d"]:
    """Length 1; near 0, shorter than 1 and smooth, so that a zero key has a finite gradient."""
    return x * (x.square().sum(-1, keepdim=True) + SMALL).rsqrt()
