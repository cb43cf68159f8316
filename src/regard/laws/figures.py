"""How far two results are apart."""

import math

import torch
from torch import Tensor

NOTHING = 1e-8
"""What counts as zero beside inputs of size 1: a change of what should be zero is measured against this."""


def change(actual: Tensor, expected: Tensor) -> float:
    """The largest difference, relative to the largest expected entry; infinite if not comparable."""
    if actual.shape != expected.shape or not bool(torch.isfinite(actual).all()):
        return math.inf
    if actual.numel() == 0:
        return 0.0
    difference = (actual - expected).detach().abs().max().item()
    return difference / max(expected.detach().abs().max().item(), NOTHING)


def relative_error(actual: Tensor, expected: Tensor) -> float:
    """The norm of the difference over the norm of the expected: an average, for what is only approached."""
    if not bool(torch.isfinite(actual).all()):
        return math.inf
    return ((actual - expected).norm() / expected.norm()).item()


def finite(*tensors: Tensor | None) -> bool:
    """Whether no entry is infinite or NaN; a gradient that does not exist counts as finite."""
    return all(tensor is None or bool(torch.isfinite(tensor).all()) for tensor in tensors)


def broken_if(condition: bool) -> float:
    """The figure of a case that is either kept (0) or broken (1)."""
    return 1.0 if condition else 0.0
