"""Sums of values weighed by exp(w_ij + k_jf): a bias of each pair, and a number of each key and feature.

The exponential is a product, exp(w_ij) exp(k_jf), so that a matrix product sums over all keys, and no tensor
has a number for each pair and feature. Both factors are taken relative to the largest that may be read: of a
row of biases, and of a feature of the keys. References cancel in `shares`, so they carry no gradient.

Values carry their mass in a second half (`weighed`); a hidden key has k = HIDDEN, and values and mass 0.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from regard.attention.kernels.log_prefix import HIDDEN

LEAST_MASS = 1e-30
"""Between the mass of a row that reads nothing, 0, and those of others: biases may be 69 apart."""


def shares(read: Float[Tensor, "b h n both"]) -> Float[Tensor, "b h n e"]:
    """What was read, feature by feature, divided by its mass: no mass gives 0."""
    total, mass = read.chunk(2, -1)
    return total / mass.clamp_min(LEAST_MASS)


def with_masses(v: Float[Tensor, "b h m e"]) -> Float[Tensor, "b h m both"]:
    """Values, and a mass of 1 for each."""
    return torch.cat([v, torch.ones_like(v)], -1)


def read(
    w: Float[Tensor, "n m"], k: Float[Tensor, "b h m e"], v: Float[Tensor, "b h m both"]
) -> Float[Tensor, "b h n both"]:
    """What every query reads of all keys, up to a factor for each query and feature that `shares` cancels."""
    top = k.detach().amax(2, keepdim=True)
    return (w - w.detach().amax(-1, keepdim=True)).exp() @ _weighed(k - top, v)


def read_so_far(
    w: Float[Tensor, "n n"], k: Float[Tensor, "b h n e"], v: Float[Tensor, "b h n both"]
) -> Float[Tensor, "b h n both"]:
    """What query i reads of the keys j <= i, up to a factor for each query and feature that `shares` cancels.

    In blocks of 2, 4, 8, ... positions the later half reads the earlier: each pair is parted by just one of
    these halvings, in which the largest k so far, at the end of the earlier half, is the reference.
    """
    n = k.shape[2]
    missing = _padded_length(n) - n
    w = pad(w - _largest_so_far(w), (0, missing, 0, missing))
    k, v = pad(k, (0, 0, 0, missing), value=HIDDEN), pad(v, (0, 0, 0, missing))
    top = k.detach().cummax(2).values
    out, half = w.diagonal().exp().unsqueeze(-1) * _weighed(k - top, v), 1
    while half < k.shape[2]:
        (k_earlier, _), (v_earlier, _), (top_earlier, top_later) = (_halves(x, half) for x in (k, v, top))
        reference = top_earlier[..., -1:, :]
        part = _between_halves(w, half).exp() @ _weighed(k_earlier - reference, v_earlier)
        part = part * _twice((reference - top_later).exp())
        out, half = out + pad(part.unsqueeze(3), (0, 0, 0, 0, 1, 0)).flatten(2, 4), 2 * half
    return out[:, :, :n]


def matmul_flops(n: int, m: int, e: int) -> int:
    """Operations of the matrix product of `read`, for one head."""
    return 4 * n * m * e


def matmul_flops_so_far(n: int, e: int) -> int:
    """Operations of the matrix products of `read_so_far`, for one head: each padded pair once."""
    length = _padded_length(n)
    return 2 * length * (length - 1) * e


def other_flops_so_far(n: int, e: int) -> int:
    """Operations of `read_so_far` that are no matrix products, for one head."""
    length = _padded_length(n)
    # subtract, exp, two products; subtract, exp, two products; added
    return 6 * length * e * length.bit_length()


def _padded_length(n: int) -> int:
    return 1 << (n - 1).bit_length()


def _largest_so_far(w: Float[Tensor, "n n"]) -> Float[Tensor, "n 1"]:
    later = torch.ones_like(w, dtype=torch.bool).triu(1)
    return w.detach().masked_fill(later, -torch.inf).amax(-1, keepdim=True)


def _weighed(log_weights: Float[Tensor, "*any m e"], v: Float[Tensor, "*any m both"]) -> Tensor:
    """Values and masses times the same weights."""
    return _twice(log_weights.exp()) * v


def _twice(x: Float[Tensor, "*any e"]) -> Float[Tensor, "*any both"]:
    return torch.cat([x, x], -1)


def _halves(x: Float[Tensor, "b h n e"], half: int) -> tuple[Tensor, Tensor]:
    """The earlier and the later half of every block of 2 * half positions."""
    earlier, later = torch.unflatten(x, 2, (-1, 2, half)).unbind(3)
    return earlier, later


def _between_halves(w: Float[Tensor, "n n"], half: int) -> Float[Tensor, "block half half"]:
    """Of each block on the diagonal, the biases of its later half toward its earlier one."""
    blocks = torch.unflatten(torch.unflatten(w, 1, (-1, 2, half)), 0, (-1, 2, half))
    return blocks[:, 1, :, :, 0].diagonal(dim1=0, dim2=2).movedim(-1, 0)
