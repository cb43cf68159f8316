"""The delta rule: a memory from which a key's old value is taken before the new one is written.

S_t = D_t S_{t-1} + k_t (v_t - (D_t S_{t-1})ᵀ p_t)ᵀ, from S_0 = 0: the memory decays by D_t, what is read at
p is erased at k, and the value is written there. With p = βk, v = βv and no decay it is the rule of Yang et
al. 2024, arXiv 2406.06484, section 2.2. Within a chunk the writes are solved for together, from one
triangular system (the UT transform of section 3); from chunk to chunk the memory moves by one product.

With `early` p reads before the decay of its own position: S_{t-1} in place of D_t S_{t-1} in the brackets.
"""

from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from regard.attention.kernels.chunks import in_chunks, in_turn, layout
from regard.attention.kernels.decays import Decays, NoDecays, decays

Memory = Float[Tensor, "b h d e"]


def write(
    memory: Memory, k: Tensor, v: Tensor, p: Tensor, g: Tensor | None = None, *, early: bool = False
) -> Memory:
    """The memory after all writes, in their order.

    k, p: (b, h, m, d), the keys at which is written and at which is read what is erased there.
    v: (b, h, m, e).
    g: log decays, (b, h, m, 1) or (b, h, m, d), or None.
    """
    if k.shape[2] == 1:
        faded = memory if g is None else g.mT.exp() * memory
        return faded + k.mT @ (v - p @ (memory if early else faded))
    chunks = layout(k.shape[2])
    k, v, p = (in_chunks(x, *chunks) for x in (k, v, p))
    fading = _decays(None if g is None else in_chunks(g, *chunks))
    return _memories(fading, k, *_corrections(fading, k, v, p, early), memory)[1]


def read_so_far(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    p: Tensor,
    memory: Memory,
    g: Tensor | None = None,
    *,
    early: bool = False,
) -> tuple[Float[Tensor, "b h n e"], Memory]:
    """What query i reads after the writes up to i, and the memory after the last: the chunkwise form of
    section 3.2.
    """
    n = q.shape[2]
    given = (q, k, v, p) if g is None else (q, k, v, p, g)
    mixed, after = in_turn(partial(_read_chunks, early), memory, *(in_chunks(x, *layout(n)) for x in given))
    return mixed[:, :, :n], after


def matmul_flops(m: int, d: int, e: int, kind: type[Decays] = NoDecays) -> int:
    """Operations of the matrix products of `write`, for one head; the triangular system is not among them."""
    if m == 1:
        return 4 * d * e
    count, length = layout(m)
    return 2 * count * d * (kind.pairs(length) + length * (d + e) + d * e)


def matmul_flops_so_far(n: int, d: int, e: int, kind: type[Decays] = NoDecays) -> int:
    """The same of `read_so_far`; one position is a write and a read."""
    if n == 1:
        return 6 * d * e
    count, length = layout(n)
    return matmul_flops(n, d, e, kind) + 2 * count * (kind.pairs(length) * d + length * e * (length + 2 * d))


def other_flops(m: int, d: int, e: int, kind: type[Decays] = NoDecays) -> int:
    """Operations of the triangular systems and of the decays, for one head."""
    count, length = layout(m)
    return count * (length * length * (d + e) + kind.other_flops(length, d))


def _read_chunks(
    early: bool, memory: Memory, q: Tensor, k: Tensor, v: Tensor, p: Tensor, g: Tensor | None = None
) -> tuple[Float[Tensor, "b h count length e"], Memory]:
    fading = _decays(g)
    w, u = _corrections(fading, k, v, p, early)
    before, after = _memories(fading, k, w, u, memory)
    return fading.until(q) @ before + fading.products(q, k) @ (u - w @ before), after


def _decays(g: Tensor | None) -> Decays:
    return NoDecays() if g is None else decays(g)


def _corrections(fading: Decays, k: Tensor, v: Tensor, p: Tensor, early: bool) -> tuple[Tensor, Tensor]:
    """W and U of the UT transform: with S before the chunk, U - W S is what is written at its keys."""
    of_keys, of_memory = _read_early(fading, p, k) if early else (fading.products(p, k), fading.until(p))
    solved = torch.linalg.solve_triangular(
        of_keys.tril(-1), torch.cat([of_memory, v], -1), upper=False, unitriangular=True
    )
    return solved.split([p.shape[-1], v.shape[-1]], -1)


def _read_early(fading: Decays, p: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
    """What p reads of earlier keys, and p with the decays until it, as if it stood one place before."""
    before = pad(p[..., 1:, :], (0, 0, 0, 1))
    of_keys = pad(fading.products(before, k)[..., :-1, :], (0, 0, 1, 0))
    return of_keys, torch.cat([p[..., :1, :], fading.until(before)[..., :-1, :]], -2)


def _memories(
    fading: Decays, k: Tensor, w: Tensor, u: Tensor, memory: Memory
) -> tuple[Float[Tensor, "b h chunks d e"], Memory]:
    """The memory before each chunk, and after the last: a tensor of its own, which keeps no other alive."""
    last = fading.after(k).mT
    keep = fading.whole() * torch.eye(k.shape[-1], dtype=k.dtype, device=k.device) - last @ w
    add = last @ u
    memories = [memory.flatten(0, 1)]
    for kept, added in zip(keep.flatten(0, 1).unbind(1), add.flatten(0, 1).unbind(1), strict=True):
        memories.append(torch.baddbmm(added, kept, memories[-1]))
    before = torch.stack(memories[:-1], 1)
    return before.view(*k.shape[:2], *before.shape[1:]), memories[-1].view_as(memory)
