"""Sequences cut into chunks, so that a causal read needs few steps and no n x m buffer."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

CHUNK = 64
"""Most positions in a chunk: about where products within a chunk cost as much as those between chunks."""


def layout(n: int) -> tuple[int, int]:
    """The number and the length of the fewest chunks that hold n positions, as short as they can be."""
    count = -(-n // CHUNK)
    return count, -(-n // count)


def in_chunks(
    x: Float[Tensor, "b h m features"], count: int, length: int, fill: float = 0
) -> Float[Tensor, "b h {count} {length} features"]:
    """The first `count * length` positions in chunks; positions that are missing hold `fill`."""
    b, h, m, features = x.shape
    return pad(x, (0, 0, 0, count * length - m), value=fill).reshape(b, h, count, length, features)
