"""Reads of a running sum of keys times values that decays: the kernel of linear attention with decays.

S_t = diag(exp g_t) S_{t-1} + k_t v_tᵀ, from S_0 = 0 (Yang et al. 2024, arXiv 2312.06635, eq. 3). Within a
chunk every query meets every earlier key; from chunk to chunk the memory decays and grows.
"""

from jaxtyping import Float
from torch import Tensor

from regard.attention.kernels.chunks import carried, in_chunks, in_turn, layout
from regard.attention.kernels.decays import Decays, FeatureDecays, decays

Memory = Float[Tensor, "b h d e"]


def write(
    memory: Memory, k: Float[Tensor, "b h m d"], v: Float[Tensor, "b h m e"], g: Float[Tensor, "b h m c"]
) -> Memory:
    """The memory after all keys, in their order: at each it decays by exp g, and then grows.

    g: log decays, one per position (c = 1) or one for each feature of its key (c = d).
    """
    if k.shape[2] == 1:
        return g.mT.exp() * memory + k.mT @ v
    k, v, g = (in_chunks(x, *layout(x.shape[2])) for x in (k, v, g))
    return _memories(decays(g), k, v, memory)[1]


def read_so_far(
    q: Float[Tensor, "b h n d"], k: Tensor, v: Tensor, g: Tensor, memory: Memory
) -> tuple[Float[Tensor, "b h n e"], Memory]:
    """What query i reads after the writes up to i, and the memory after the last."""
    n = q.shape[2]
    mixed, after = in_turn(_read_chunks, memory, *(in_chunks(x, *layout(n)) for x in (q, k, v, g)))
    return mixed[:, :, :n], after


def found_so_far(
    q: Float[Tensor, "b h n e"], k: Tensor, v: Tensor, g: Float[Tensor, "b h n d"], memory: Memory
) -> tuple[Float[Tensor, "b h n d"], Memory]:
    """S_i q_i, the keys so far each times q_i · v_j, after the writes up to i; the memory after the last."""
    n = q.shape[2]
    mixed, after = in_turn(_find_in_chunks, memory, *(in_chunks(x, *layout(n)) for x in (q, k, v, g)))
    return mixed[:, :, :n], after


def matmul_flops(m: int, d: int, e: int) -> int:
    """Operations of the matrix products of `write`, for one head."""
    count, length = layout(m)
    return 2 * count * length * d * e


def matmul_flops_so_far(n: int, d: int, e: int, kind: type[Decays]) -> int:
    """The same of `read_so_far`; one position is a write and a read."""
    if n == 1:
        return 4 * d * e
    count, length = layout(n)
    return 2 * count * (kind.pairs(length) * d + length * e * (length + 2 * d))


def matmul_flops_found(n: int, d: int, e: int) -> int:
    """The same of `found_so_far`."""
    if n == 1:
        return 4 * d * e
    count, length = layout(n)
    return 2 * count * (FeatureDecays.pairs(length) * (d + e) + 2 * length * d * e)


def other_flops_so_far(n: int, d: int, e: int, kind: type[Decays]) -> int:
    """Operations of the decays in `read_so_far`, for one head."""
    if n == 1:
        return 2 * d * e
    count, length = layout(n)
    return count * kind.other_flops(length, d)


def other_flops_found(n: int, d: int, e: int) -> int:
    """The same of `found_so_far`; on the diagonal all features of the values meet."""
    if n == 1:
        return 2 * d * e
    count, length = layout(n)
    return count * (FeatureDecays.other_flops(length, d) + 2 * length * e)


def _read_chunks(
    memory: Memory, q: Tensor, k: Tensor, v: Tensor, g: Tensor
) -> tuple[Float[Tensor, "b h count length e"], Memory]:
    fading = decays(g)
    within = fading.products(q, k) @ v
    before, after = _memories(fading, k, v, memory)
    return within + fading.until(q) @ before, after


def _find_in_chunks(
    memory: Memory, q: Tensor, k: Tensor, v: Tensor, g: Tensor
) -> tuple[Float[Tensor, "b h count length d"], Memory]:
    fading = FeatureDecays(g)
    before, after = _memories(fading, k, v, memory)
    return fading.until(q @ before.mT) + fading.reads(q, v, k), after


def _memories(
    fading: Decays, k: Tensor, v: Tensor, memory: Memory
) -> tuple[Float[Tensor, "b h chunks d e"], Memory]:
    """The memory before each chunk, and after the last."""
    return carried(memory, fading.whole(), fading.after(k).mT @ v)
