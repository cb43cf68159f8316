"""Reading a running sum of exponentials that cannot overflow, underflow to 0 / 0, or look ahead.

Queries and keys come as logarithms a and b of positive features. The weight of key j for query i is
the sum over features f of exp(a_if + b_jf). A sum over keys is kept per feature relative to `top`, the
largest b so far, hence its mass is at least 1 in every feature; a query subtracts its own largest
a_if + top_f, hence the mass that it reads is at least 1, and every exponent is at most 0. The
references cancel in `shares`, so they carry no gradient.

Values carry their mass in the last column (`prefix.with_mass`); a hidden key has b = HIDDEN and values and
mass 0.
"""

from itertools import accumulate
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from regard.attention.kernels.chunks import carried, in_chunks, in_turn

LONGEST_CHUNK = 32
"""Most positions in a chunk, a power of two: longer ones need more halvings, shorter ones more sums."""

HIDDEN = -1e38
"""Log feature of a key that may not be read. Finite: the difference of two infinities is NaN."""

LEAST = HIDDEN / 2
"""The least log feature of a key that may be read: smaller ones are taken for this."""


class Sums(NamedTuple):
    """What a set of keys holds for later queries: sums of exp(b - top) v per feature."""

    top: Float[Tensor, "b h r"]
    sums: Float[Tensor, "b h r e"]


def write(state: Sums, b: Float[Tensor, "b h m r"], v: Float[Tensor, "b h m e"]) -> Sums:
    """The sums over the keys of the state and all further ones."""
    top = torch.maximum(state.top, b.detach().amax(2))
    before = state.sums * (state.top - top).exp().unsqueeze(-1)
    return Sums(top, before + (b - top.unsqueeze(2)).exp_().mT @ v)


def read(a: Float[Tensor, "b h n r"], state: Sums) -> Float[Tensor, "b h n e"]:
    """What every query reads from the sums, up to a factor of its own that `shares` cancels."""
    logs = a + state.top.unsqueeze(2)
    return logs.sub_(logs.detach().amax(-1, keepdim=True)).exp_() @ state.sums


def read_so_far(
    a: Float[Tensor, "b h n r"], b: Float[Tensor, "b h m r"], v: Float[Tensor, "b h m e"], state: Sums
) -> tuple[Float[Tensor, "b h n e"], Sums]:
    """What query i reads from the sums and the keys j <= i, up to a factor of its own that `shares` cancels;
    and the sums after the last key.

    Holds one r x e sum for each of a few chunks, in O(n log LONGEST_CHUNK).
    """
    n = a.shape[2]
    count, length = chunk_layout(n)
    a, b, v = in_chunks(a, count, length), in_chunks(b, count, length, HIDDEN), in_chunks(v, count, length)
    mixed, after = in_turn(_read_chunks, state, a, b, v)
    return mixed[:, :, :n], after


def chunk_layout(n: int) -> tuple[int, int]:
    """The number and the length of the chunks that hold n positions."""
    length = min(LONGEST_CHUNK, 1 << (n - 1).bit_length())
    return -(-n // length), length


def halvings(n: int) -> int:
    """How many times a chunk is halved."""
    return chunk_layout(n)[1].bit_length() - 1


def matmul_flops_so_far(n: int, r: int, e: int) -> int:
    """Operations of the matrix products of `read_so_far`, for one head: in each halving every later position
    meets as many earlier ones, and every chunk is written once and read once. One position is a write and a
    read.
    """
    if n == 1:
        return 4 * r * e
    count, length = chunk_layout(n)
    pairs = sum((length // (2 * half)) * half * half for half in (1 << i for i in range(halvings(n))))
    return 2 * count * (pairs * (r + e) + 2 * length * r * e)


def _read_chunks(
    state: Sums, a: Tensor, b: Tensor, v: Tensor
) -> tuple[Float[Tensor, "b h count length e"], Sums]:
    """What queries read in some chunks, and the sums after the last."""
    last = torch.cat([state.top.unsqueeze(2), b.detach().amax(3)], 2).cummax(2).values
    so_far = accumulate(b.detach().unbind(3), torch.maximum, initial=last[:, :, :-1])
    top = torch.stack(list(so_far)[1:], 3)
    a = a - (a.detach() + top).amax(-1, keepdim=True)
    own = (a + b).exp_().sum(-1, keepdim=True) * v
    near = own + _within_chunks(a, b, v, top)
    far, after = _across_chunks(a, b, v, last, state)
    return near + far, after


def _within_chunks(a: Tensor, b: Tensor, v: Tensor, top: Tensor) -> Tensor:
    """From earlier keys of the same chunk: in blocks of 2, 4, 8, ... the later half reads the earlier.

    Each pair of positions is parted by exactly one halving, and the top of the earlier half serves as
    the reference of that product.
    """
    out, half = torch.zeros_like(v), 1
    while half < a.shape[3]:
        _, a_later = _halves(a, half)
        (b_earlier, _), (v_earlier, _), (top_earlier, _) = (_halves(x, half) for x in (b, v, top))
        reference = top_earlier[..., -1:, :]
        weights = (a_later + reference).exp_() @ (b_earlier - reference).exp_().mT
        part = pad((weights @ v_earlier).unsqueeze(4), (0, 0, 0, 0, 1, 0))
        out, half = out + part.flatten(3, 5), 2 * half
    return out


def _halves(x: Tensor, half: int) -> tuple[Tensor, Tensor]:
    """The earlier and the later half of every block of 2 * half positions."""
    earlier, later = x.reshape(*x.shape[:3], x.shape[3] // (2 * half), 2, half, x.shape[4]).unbind(4)
    return earlier, later


def _across_chunks(
    a: Tensor, b: Tensor, v: Tensor, tops: Float[Tensor, "b h _ r"], state: Sums
) -> tuple[Float[Tensor, "b h count length e"], Sums]:
    """From the state and all earlier chunks, and the sums after the last chunk.

    tops: the largest b before each chunk, and after the last.
    """
    own = (b - tops[:, :, 1:].unsqueeze(3)).exp_().mT @ v
    kept = (tops[:, :, :-1] - tops[:, :, 1:]).exp_().unsqueeze(-1)
    before, after = carried(state.sums, kept, own)
    # of the chunks before: what query i may not read is not in the product at all
    mixed = (a + tops[:, :, :-1].unsqueeze(3)).exp_() @ before
    # copied: a view would keep the tops of all chunks alive
    return mixed, Sums(tops[:, :, -1].clone(), after)
