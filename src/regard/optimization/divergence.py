"""How far attention maps lie apart."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

LEAST = 1e-9
"""Smaller probabilities of the student count as this much: a zero of a sparse map costs no infinity."""


def head_divergences(
    teacher: Float[Tensor, "b h n m"], student: Float[Tensor, "b g n m"], rows: Bool[Tensor, "b n"]
) -> Float[Tensor, "g h"]:
    """KL(teacher || student) in nats of every student head to every teacher head: the mean over the rows that
    count. Rows of both are distributions, or 0 where nothing may be read.
    """
    known = teacher.float() * rows[:, None, :, None]
    shared = torch.einsum("bhnm,bgnm->gh", known, student.float().clamp_min(LEAST).log())
    own = torch.xlogy(known, known).sum((0, 2, 3))
    return (own - shared) / rows.sum().clamp_min(1)


def matched_divergence(divergences: Float[Tensor, "g h"]) -> Float[Tensor, ""]:
    """The mean over the student's heads, each matched to one of the teacher's.

    Where there are as many, in order. Otherwise each is matched to the one that it is nearest to now.
    """
    g, h = divergences.shape
    return divergences.diagonal().mean() if g == h else divergences.min(1).values.mean()


def value_relations(
    values: Float[Tensor, "b h m e"], allowed: Bool[Tensor, "..."] | None
) -> Float[Tensor, "b h m m"]:
    """Softmax of the scaled products of all values with one another (Wang et al. 2020, arXiv 2002.10957,
    eq. 8), among the positions that may be read; 0 in the row of a position that may read none.
    """
    products = values.float() @ values.float().transpose(-1, -2) / values.shape[-1] ** 0.5
    if allowed is None:
        return products.softmax(-1)
    # a row that may read nothing would be NaN, and NaN times 0 too
    return products.masked_fill(~allowed, -torch.inf).softmax(-1).nan_to_num(0.0)
