"""What a user of an optimizer hands over: a function that returns the loss at the parameters as they are."""

from collections.abc import Callable

import torch
from torch import Tensor

from regard.core.errors import InvalidOption

Closure = Callable[[], Tensor | float]
"""The loss at the parameters as they are, on a batch that stays the same within a step; no backward."""


def loss_of(closure: Closure) -> float:
    """The loss that a closure returns, without a gradient; it may lie on any device.

    Raises `InvalidOption` for what is no single number.
    """
    with torch.no_grad():
        found = closure()
    if isinstance(found, Tensor) and found.numel() == 1:
        return float(found)
    if isinstance(found, int | float):
        return float(found)
    given = f"a tensor of shape {tuple(found.shape)}" if isinstance(found, Tensor) else repr(found)
    raise InvalidOption(f"A closure must return the loss, one number, and returned {given}.")
