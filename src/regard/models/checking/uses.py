"""What comes of a use: an output, or the error that it raises."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from regard.attention.mask import Mask
from regard.core.errors import RegardError
from regard.core.randomness import reseed
from regard.models.attention import Attention

Use = Callable[[], Any]


def outcome_of(use: Use) -> Any:
    """What a use gives; the error itself where it raises one."""
    try:
        return use()
    except Exception as error:  # noqa: BLE001 - which errors are raised is what is measured
        return error


def is_refused(use: Use) -> bool:
    """Whether a use raises an error of ours, in one line."""
    given = outcome_of(use)
    return isinstance(given, RegardError) and "\n" not in str(given)


def drawing_alike(layer: Attention, x: Tensor, mask: Mask = Mask()) -> Tensor:
    """What a layer gives, with the same random numbers each time."""
    reseed(torch.device("cpu"), 0)
    return layer(x, mask=mask)
