"""Sequences cut into chunks, so that a causal read needs few steps and no n x m buffer."""

from jaxtyping import Shaped
from torch import Tensor
from torch.nn.functional import pad

CHUNK = 64
"""Most positions in a chunk: about where products within a chunk cost as much as those between chunks."""


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
