"""The delta rule: a memory from which a key's old value is taken before the new one is written.

S_t = S_{t-1} + k_t β_t (v_t - S_{t-1}ᵀ k_t)ᵀ, from S_0 = 0 (Yang et al. 2024, arXiv 2406.06484, section 2.2).
Within a chunk the writes are solved for together, from one triangular system (the UT transform of section
3); from chunk to chunk the memory moves by one product.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.chunks import in_chunks, layout

Memory = Float[Tensor, "b h d e"]


def write(
    memory: Memory, k: Float[Tensor, "b h m d"], v: Float[Tensor, "b h m e"], beta: Float[Tensor, "b h m 1"]
) -> Memory:
    """The memory after all writes, in their order: each moves what is read at its key toward its value by the
    share `beta`.
    """
    if k.shape[2] == 1:
        return memory + k.mT @ (beta * (v - k @ memory))
    k, v, beta = (in_chunks(x, *layout(x.shape[2])) for x in (k, v, beta))
    return _memories(k, *_corrections(k, v, beta), memory)[1]


def read_so_far(
    q: Tensor, k: Tensor, v: Tensor, beta: Tensor, memory: Memory
) -> tuple[Float[Tensor, "b h n e"], Memory]:
    """What query i reads after the writes up to i, and the memory after the last: the chunkwise form of
    section 3.2.
    """
    n = q.shape[2]
    q, k, v, beta = (in_chunks(x, *layout(n)) for x in (q, k, v, beta))
    w, u = _corrections(k, v, beta)
    before, after = _memories(k, w, u, memory)
    out = q @ before + (q @ k.mT).tril() @ (u - w @ before)
    return out.flatten(2, 3)[:, :, :n], after


def matmul_flops(m: int, d: int, e: int) -> int:
    """Operations of the matrix products of `write`, for one head; the triangular system is not among them."""
    if m == 1:
        return 4 * d * e
    count, length = layout(m)
    return 2 * count * length * d * (length + d + e) + 2 * count * d * d * e


def matmul_flops_so_far(n: int, d: int, e: int) -> int:
    """The same of `read_so_far`; one position is a write and a read."""
    if n == 1:
        return 6 * d * e
    count, length = layout(n)
    return matmul_flops(n, d, e) + 2 * count * length * (length * (d + e) + 2 * d * e)


def solving_flops(m: int, d: int, e: int) -> int:
    """Operations of the triangular systems, for one head."""
    count, length = layout(m)
    return count * length * length * (d + e)


def _corrections(k: Tensor, v: Tensor, beta: Tensor) -> tuple[Tensor, Tensor]:
    """W and U of the UT transform: within a chunk, the memory grows by kᵀ (U - W S) from S before it."""
    interference = (beta * (k @ k.mT)).tril(-1)
    solved = torch.linalg.solve_triangular(
        interference, beta * torch.cat([k, v], -1), upper=False, unitriangular=True
    )
    return solved.split([k.shape[-1], v.shape[-1]], -1)


def _memories(
    k: Tensor, w: Tensor, u: Tensor, memory: Memory
) -> tuple[Float[Tensor, "b h chunks d e"], Memory]:
    """The memory before each chunk, and after the last: a tensor of its own, which keeps no other alive."""
    keep = torch.eye(k.shape[-1], dtype=k.dtype, device=k.device) - k.mT @ w
    add = k.mT @ u
    memories = [memory.flatten(0, 1)]
    for kept, added in zip(keep.flatten(0, 1).unbind(1), add.flatten(0, 1).unbind(1), strict=True):
        memories.append(torch.baddbmm(added, kept, memories[-1]))
    before = torch.stack(memories[:-1], 1)
    return before.view(*k.shape[:2], *before.shape[1:]), memories[-1].view_as(memory)
