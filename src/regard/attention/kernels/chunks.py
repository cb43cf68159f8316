"""Sequences cut into chunks, so that a causal read needs few steps and no n x m buffer."""

from collections.abc import Callable
from typing import TypeVar

import torch
from jaxtyping import Float, Shaped
from torch import Tensor
from torch.nn.functional import pad

CHUNK = 64
"""Most positions in a chunk: about where products within a chunk cost as much as those between chunks."""

AT_ONCE = 4
"""Chunks that are read at once: what is computed for them stays small, and near to the processor."""

M = TypeVar("M")


def layout(n: int) -> tuple[int, int]:
    """The number and the length of the fewest chunks that hold n positions, as short as they can be."""
    count = -(-n // CHUNK)
    return count, -(-n // count)


def in_chunks(
    x: Shaped[Tensor, "b h m features"], count: int, length: int, fill: float = 0
) -> Shaped[Tensor, "b h {count} {length} features"]:
    """The first `count * length` positions in chunks; positions that are missing hold `fill`."""
    b, h, m, features = x.shape
    missing = count * length - m
    # without a copy where nothing is missing
    filled = pad(x, (0, 0, 0, missing), value=fill) if missing else x
    return filled.reshape(b, h, count, length, features)


def in_rows(x: Shaped[Tensor, "b h n features"], stride: int) -> Shaped[Tensor, "b h {stride} row features"]:
    """Positions that are whole strides apart side by side, in rows; positions that are missing hold 0."""
    b, h, n, features = x.shape
    if stride == 1:
        return x.unsqueeze(2)
    padded = pad(x, (0, 0, 0, -n % stride))
    return padded.reshape(b, h, -(-n // stride), stride, features).transpose(2, 3)


def from_rows(x: Shaped[Tensor, "b h stride row features"], n: int) -> Shaped[Tensor, "b h {n} features"]:
    """What stands in rows, in the order of the positions."""
    return x.transpose(2, 3).flatten(2, 3)[:, :, :n]


def carried(
    memory: Float[Tensor, "b h d e"],
    kept: Float[Tensor, "#b #h count #d #e"],
    added: Float[Tensor, "b h count d e"],
) -> tuple[Float[Tensor, "b h count d e"], Float[Tensor, "b h d e"]]:
    """The memory before each chunk, which keeps a share of it and adds to it, and the memory after the last.

    The last is a tensor of its own, which keeps no other alive.
    """
    memories = [memory]
    for share, more in zip(kept.unbind(2), added.unbind(2), strict=True):
        memories.append(torch.addcmul(more, share, memories[-1]))
    return torch.stack(memories[:-1], 2), memories[-1]


def in_turn(
    read: Callable[..., tuple[Tensor, M]], memory: M, *chunks: Shaped[Tensor, "b h count length _"]
) -> tuple[Float[Tensor, "b h positions e"], M]:
    """What queries read in all chunks, a few of which are read at once, and the memory after the last.

    read: from the memory and some chunks to what they read and the memory behind them.
    """
    count = chunks[0].shape[2]
    if torch.is_grad_enabled() or count <= AT_ONCE:
        # gradients keep everything anyway, and all at once is faster
        mixed, memory = read(memory, *chunks)
        return mixed.flatten(2, 3), memory
    first, memory = read(memory, *(x[:, :, :AT_ONCE] for x in chunks))
    # written to where it belongs: to join pieces in the end would take twice the memory
    mixed = first.new_empty(*first.shape[:2], count, *first.shape[3:])
    mixed[:, :, :AT_ONCE] = first
    for start in range(AT_ONCE, count, AT_ONCE):
        some = slice(start, start + AT_ONCE)
        mixed[:, :, some], memory = read(memory, *(x[:, :, some] for x in chunks))
    return mixed.flatten(2, 3), memory
