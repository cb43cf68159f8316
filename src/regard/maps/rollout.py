"""Rollout: what positions of a layer read of the input, through all layers before it."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from regard.core.errors import UnsupportedUse

ROUNDED = 1e-3


def rollout(maps: Sequence[Float[Tensor, "*any n n"]]) -> Float[Tensor, "*any n n"]:
    """The product of (P + 1) / 2 over the layers, the first on the right: P is each layer's map, a mean over
    its heads, and 1 stands for the residual stream (Abnar and Zuidema 2020, arXiv 2005.00928).

    Raises `UnsupportedUse` for a map with an entry below 0, or with rows that do not sum to 1.
    """
    for layer, p in enumerate(maps):
        if (p < -ROUNDED).any() or ((p.sum(-1) - 1).abs() > ROUNDED).any():
            raise UnsupportedUse(
                f"Rollout needs maps with no entry below 0 and rows that sum to 1, and that of layer {layer} "
                "is none. Take shares of contributions."
            )
    through = torch.eye(maps[0].shape[-1]).to(maps[0]).expand(maps[0].shape)
    for p in maps:
        through = (p @ through + through) / 2
    return through
