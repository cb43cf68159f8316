"""Decays that differ from head to head and are the same at every position."""

import torch
from jaxtyping import Float
from torch import Tensor


def retention_rates(heads: int) -> Float[Tensor, "h 1 1"]:
    """Log decays log(1 - 2^(-5-h)) of the heads h = 0, 1, ... (Sun et al. 2023, arXiv 2307.08621, eq. 8)."""
    return torch.log1p(-(2.0 ** (-5 - torch.arange(heads, dtype=torch.float64)))).float().view(heads, 1, 1)
