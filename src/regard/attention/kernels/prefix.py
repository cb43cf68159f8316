"""Reads of a running sum of keys times values: the kernel of linear attention.

With non-negative features of queries and keys, and values to which `with_mass` has added a column of
ones, one read gives both the weighted sum and the sum of the weights, and `shares` divides.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from regard.attention.kernels.chunks import in_chunks, in_turn, layout

Memory = Float[Tensor, "b h r e"]


def with_mass(v: Float[Tensor, "*any e"]) -> Float[Tensor, "*any e+1"]:
    """Values with a last column of ones."""
    return pad(v, (0, 1), value=1)


def shares(read: Float[Tensor, "*any columns"], floor: float) -> Float[Tensor, "*any columns-1"]:
    """What was read, divided by its mass, which is taken to be at least `floor`: no mass gives 0."""
    return read[..., :-1] / read[..., -1:].clamp_min(floor)


def write(memory: Memory, k: Float[Tensor, "b h m r"], v: Float[Tensor, "b h m e"]) -> Memory:
    """The memory after all keys: the sum of their outer products with their values is added."""
    return memory + k.mT @ v


def read_so_far(
    q: Float[Tensor, "b h n r"],
    k: Float[Tensor, "b h m r"],
    v: Float[Tensor, "b h m e"],
    memory: Memory,
) -> tuple[Float[Tensor, "b h n e"], Memory]:
    """For every i, q_i times the memory plus the sum over j <= i of (q_i · k_j) v_j, in O(n); and the memory
    after the last.

    Holds n · CHUNK products within chunks and one r x e sum per chunk: neither n x m nor n x r x e numbers.
    """
    n = q.shape[2]
    mixed, after = in_turn(_read_chunks, memory, *(in_chunks(x, *layout(n)) for x in (q, k, v)))
    return mixed[:, :, :n], after


def matmul_flops_so_far(n: int, r: int, e: int) -> int:
    """Operations of the matrix products of `read_so_far`, for one head. One position: one write, one read."""
    if n == 1:
        return 4 * r * e
    count, length = layout(n)
    return 2 * count * length * (length * (r + e) + 2 * r * e)


def _read_chunks(
    memory: Memory, q: Tensor, k: Tensor, v: Tensor
) -> tuple[Float[Tensor, "b h count length e"], Memory]:
    within = (q @ k.mT).tril() @ v
    written = k.mT @ v
    # what stands before a chunk, not a difference: a later key must not change an earlier output by rounding
    before = torch.cat([memory.unsqueeze(2), memory.unsqueeze(2) + written[:, :, :-1].cumsum(2)], 2)
    return torch.add(within, q @ before), before[:, :, -1] + written[:, :, -1]
