"""Reads of a running sum of keys times values, in which each feature of a value decays by itself.

S_t = S_{t-1} diag(exp g_t) + k_t x_tᵀ, from S_0 = 0: the counterpart of `decaying_prefix`, where it is the
features of the keys that decay. Within a chunk positions meet in halves; the memory goes from chunk to chunk.
"""

from jaxtyping import Float
from torch import Tensor

from regard.attention.kernels.chunks import carried, in_chunks, in_turn, layout
from regard.attention.kernels.decays import FeatureDecays

Memory = Float[Tensor, "b h d e"]


def write(
    memory: Memory, k: Float[Tensor, "b h m d"], x: Float[Tensor, "b h m e"], g: Float[Tensor, "b h m e"]
) -> Memory:
    """The memory after all keys, in their order: at each it decays by exp g, and then grows."""
    if k.shape[2] == 1:
        return g.exp() * memory + k.mT @ x
    k, x, g = (in_chunks(each, *layout(each.shape[2])) for each in (k, x, g))
    return _memories(FeatureDecays(g), k, x, memory)[1]


def read_so_far(
    q: Float[Tensor, "b h n d"], k: Tensor, x: Tensor, g: Tensor, memory: Memory
) -> tuple[Float[Tensor, "b h n e"], Memory]:
    """What query i reads after the writes up to i, and the memory after the last."""
    n = q.shape[2]
    mixed, after = in_turn(_read_chunks, memory, *(in_chunks(each, *layout(n)) for each in (q, k, x, g)))
    return mixed[:, :, :n], after


def matmul_flops(m: int, d: int, e: int) -> int:
    """Operations of the matrix products of `write`, for one head."""
    count, length = layout(m)
    return 2 * count * length * d * e


def matmul_flops_so_far(n: int, d: int, e: int) -> int:
    """The same of `read_so_far`; one position is a write and a read."""
    if n == 1:
        return 4 * d * e
    count, length = layout(n)
    return 2 * count * (FeatureDecays.pairs(length) * (d + e) + 2 * length * d * e)


def other_flops_so_far(n: int, d: int, e: int) -> int:
    """Operations of the decays in `read_so_far`, for one head."""
    if n == 1:
        return 2 * d * e
    count, length = layout(n)
    return count * (FeatureDecays.other_flops(length, e) + 2 * length * d)


def _read_chunks(
    memory: Memory, q: Tensor, k: Tensor, x: Tensor, g: Tensor
) -> tuple[Float[Tensor, "b h count length e"], Memory]:
    fading = FeatureDecays(g)
    before, after = _memories(fading, k, x, memory)
    return fading.until(q @ before) + fading.reads(q, k, x), after


def _memories(
    fading: FeatureDecays, k: Tensor, x: Tensor, memory: Memory
) -> tuple[Float[Tensor, "b h chunks d e"], Memory]:
    """The memory before each chunk, and after the last."""
    return carried(memory, fading.whole().mT, k.mT @ fading.after(x))
