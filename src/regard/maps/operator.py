"""A: the matrix that the output of a call is, times its values, with all else as it was."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, final

import torch
from jaxtyping import Float
from torch import Tensor


class Mixing(Protocol):
    """A call that mixes values, of this package or of another."""

    @property
    def values(self) -> Float[Tensor, "b g m e"]:
        """What was mixed."""

    @property
    def lengths(self) -> tuple[int, int]:
        """n and m: positions of the queries and of the keys."""

    def mixed(self, values: Float[Tensor, "b g m e"]) -> Float[Tensor, "b h n e"]:
        """What the call gives for other values, with all else as it was."""


EXACT = 1e-3
"""The largest residual of a map that is shown."""


@final
@dataclass(frozen=True, eq=False)
class Operator:
    """The operator of one call, and what it leaves out."""

    matrix: Float[Tensor, "b h n m"]
    beside: Float[Tensor, "b h n e"]
    """What is read of no value: of learned entries, or of other streams."""
    residual: Float[Tensor, "b h"]
    """|A v + beside - output| / |output|: more than rounding means that there is no such matrix."""

    @property
    def exact(self) -> bool:
        return bool((self.residual <= EXACT).all())

    @property
    def nothing(self) -> Float[Tensor, "b h n"]:
        """1 - row sum: of a mechanism whose rows sum to at most 1, the share that reads nothing."""
        return 1 - self.matrix.sum(-1)


@torch.no_grad()
def implied_operator(call: Mixing) -> Operator:
    """A, by asking what one-hot values become: all columns, as many at once as a value has features.

    The probe is that of Choromanski et al. 2021, arXiv 2009.14794, appendix C.4. It needs ceil(m / e) + 1
    further calls, and the n x m numbers of the result.
    """
    v, (n, m) = call.values, call.lengths
    beside = call.mixed(torch.zeros_like(v))
    matrix = v.new_empty(*beside.shape[:2], n, m, dtype=beside.dtype)
    for first in range(0, m, v.shape[3]):
        columns = matrix[..., first : first + v.shape[3]]
        columns.copy_((call.mixed(_one_hot(v, first)) - beside)[..., : columns.shape[3]])
    output = call.mixed(v)
    apart = matrix @ _per_head(v, matrix) + beside - output
    return Operator(matrix, beside, _norm(apart) / _norm(output).clamp_min(torch.finfo(output.dtype).tiny))


def operator_rows(call: Mixing, rows: Sequence[int]) -> Float[Tensor, "b h rows m"]:
    """The same rows of A without the others, so that long sequences can be looked at.

    By gradients: a value's features are mixed alike, so that one backward pass gives as many rows as there
    are features. It needs one call, and ceil(rows / e) backward passes for each head that shares its keys.
    """
    v = call.values.detach().requires_grad_()
    with torch.enable_grad():
        mixed = call.mixed(v)
    b, h, _, e = mixed.shape
    group = h // v.shape[1]
    found = mixed.new_empty(b, v.shape[1], group, len(rows), v.shape[2])
    for first, few in _parts(rows, e):
        for member in range(group):
            asked = torch.zeros_like(mixed)
            asked[:, member::group, few, range(len(few))] = 1
            (slopes,) = torch.autograd.grad(mixed, v, asked, retain_graph=True)
            found[:, :, member, first : first + len(few)] = slopes[..., : len(few)].mT
    return found.flatten(1, 2).detach()


def _one_hot(v: Float[Tensor, "b g m e"], first: int) -> Float[Tensor, "b g m e"]:
    """Values of which that at first + f has the feature f alone."""
    few = min(v.shape[3], v.shape[2] - first)
    hot = torch.zeros_like(v)
    hot[:, :, range(first, first + few), range(few)] = 1
    return hot


def _parts(rows: Sequence[int], size: int) -> Iterator[tuple[int, list[int]]]:
    for first in range(0, len(rows), size):
        yield first, list(rows[first : first + size])


def _per_head(v: Float[Tensor, "b g m e"], matrix: Float[Tensor, "b h n m"]) -> Float[Tensor, "b h m e"]:
    return v.repeat_interleave(matrix.shape[1] // v.shape[1], 1)


def _norm(x: Float[Tensor, "b h n e"]) -> Float[Tensor, "b h"]:
    return x.flatten(2).norm(dim=2)
