"""Decays that differ from head to head and are the same at every position."""

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.size import Size

LEAST = 1e-5
"""What is added to the share of the decay that a layer keeps, so that the last layer decays a little too."""


def retention_rates(heads: int) -> Float[Tensor, "h 1 1"]:
    """Log decays log(1 - 2^(-5-h)) of the heads h = 0, 1, ... (Sun et al. 2023, arXiv 2307.08621, eq. 8)."""
    return torch.log1p(-(2.0 ** (-5 - torch.arange(heads, dtype=torch.float64)))).float().view(heads, 1, 1)


def lightning_rates(size: Size) -> Float[Tensor, "h 1 1"]:
    """Log decays -2^(-8 (h + 1) / H) of the heads h = 0, 1, ..., the weaker the later the layer: all of it in
    the first, next to nothing in the last (Qin et al. 2024, arXiv 2401.04658; MiniMax-01, arXiv 2501.08313).
    """
    slopes = 2.0 ** (-8 * torch.arange(1, size.h + 1, dtype=torch.float64) / size.h)
    behind = size.layer / max(size.layers - 1, 1)
    return (-slopes * (1 - behind + LEAST)).float().view(size.h, 1, 1)
