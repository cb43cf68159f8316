"""What a map says of a head, in one number. No metric changes the map that it is given.

p is a map whose rows sum to at most 1, such as weights or shares of contributions; A is an operator, which
may have entries below 0. A mean over rows is one over those that can say something.
"""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

Map = Float[Tensor, "*heads n m"]
Numbers = Float[Tensor, "*heads"]


def entropy(p: Map, allowed: Bool[Tensor, "n m"]) -> Numbers:
    """-Σ_j p_ij log p_ij over the log of how many keys are allowed, a mean over rows: 1 for a uniform head, 0
    for one that reads a single key in every row.
    """
    counts = allowed.sum(-1)
    bits = torch.special.entr(_shared_out(p)).sum(-1) / counts.clamp_min(2).log()
    return _mean(bits, counts > 1)


def confidence(p: Map) -> Numbers:
    """The largest entry of a row, a mean over rows (Voita et al. 2019, arXiv 1905.09418)."""
    return p.amax(-1).mean(-1)


def distance(p: Map, apart: Float[Tensor, "n m"]) -> Numbers:
    """How far away a head reads, a mean over rows. apart: from each query to each key, in any unit."""
    return (_shared_out(p) * apart).sum(-1).mean(-1)


def relative_distance(p: Map, apart: Float[Tensor, "n m"], allowed: Bool[Tensor, "n m"]) -> Numbers:
    """The same over that of a head that reads all allowed keys alike: less than 1 is local."""
    uniform = allowed.to(p.dtype) / allowed.sum(-1, keepdim=True).clamp_min(1)
    return distance(p, apart) / distance(uniform, apart).clamp_min(torch.finfo(p.dtype).tiny)


def itself(p: Map) -> Numbers:
    """What queries read at their own position."""
    return p.diagonal(dim1=-2, dim2=-1).mean(-1)


def previous(p: Map) -> Numbers:
    """What queries read one position before their own."""
    return p.diagonal(-1, -2, -1).mean(-1)


def induction(p: Map, period: int) -> Numbers:
    """What queries read behind an earlier copy of their token, in a sequence that repeats after `period`.

    Source: Olsson et al. 2022, arXiv 2209.11895.
    """
    return p.diagonal(1 - period, -2, -1)[..., 1:].mean(-1)


def duplicate(p: Map, tokens: Int64[Tensor, " n"]) -> Numbers:
    """What queries read at earlier copies of their token, a mean over those that have one."""
    copies = (tokens.unsqueeze(1) == tokens).tril(-1)
    return _mean((p * copies).sum(-1), copies.any(-1))


def at(p: Map, places: Bool[Tensor, " m"]) -> Numbers:
    """What queries read at some positions, such as the first one (a sink), special tokens or the class token;
    a mean over queries elsewhere where they are of the same sequence.
    """
    elsewhere = ~places if p.shape[-2] == p.shape[-1] else places.new_ones(p.shape[-2])
    return _mean((p * places).sum(-1), elsewhere)


def nothing(p: Map) -> Numbers:
    """1 - row sum, a mean over rows."""
    return 1 - p.sum(-1).mean(-1)


def effective_rank(A: Map) -> Numbers:
    """exp of the entropy of the singular values' shares (Roy and Vetterli 2007)."""
    values = torch.linalg.svdvals(A)
    return torch.special.entr(_shared_out(values)).sum(-1).exp()


def negative_mass(A: Map) -> Numbers:
    """The share of entries below 0 in the sum of all sizes."""
    return (-A).clamp_min(0).sum((-2, -1)) / A.abs().sum((-2, -1)).clamp_min(torch.finfo(A.dtype).tiny)


def row_sum_spread(A: Map) -> Numbers:
    """The standard deviation of the row sums."""
    return A.sum(-1).std(-1, correction=0)


def _shared_out(p: Float[Tensor, "*rows m"]) -> Float[Tensor, "*rows m"]:
    """Rows that sum to 1; one of nothing stays so."""
    total = p.sum(-1, keepdim=True)
    return p / total.masked_fill(total == 0, 1)


def _mean(of: Float[Tensor, "*heads n"], rows: Bool[Tensor, " n"]) -> Numbers:
    """Over some rows; NaN where there is none."""
    return of[..., rows].mean(-1)
