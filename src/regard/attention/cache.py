"""The key-value cache: the state of a mechanism that reads every past position again."""

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.size import Size

Cache = tuple[Float[Tensor, "b h _ d"], Float[Tensor, "b h _ e"]]
"""The keys and the values of all positions so far."""


def empty_cache(size: Size, b: int) -> Cache:
    """The cache before the first position of b sequences."""
    h, d, e = size.heads, size.key_features, size.value_features
    return torch.empty(b, h, 0, d), torch.empty(b, h, 0, e)


def grown(cache: Cache, k: Float[Tensor, "b h d"], v: Float[Tensor, "b h e"]) -> Cache:
    """A new cache with one position more, in the precision and on the device of k and v."""
    keys = torch.cat([cache[0].to(k), k.unsqueeze(2)], 2)
    values = torch.cat([cache[1].to(v), v.unsqueeze(2)], 2)
    return keys, values
