"""AdamW."""

from collections.abc import Iterable

import torch
from torch import nn

from regard.core.errors import InvalidOption


def adamw(
    parameters: Iterable[tuple[str, nn.Parameter]],
    *,
    rate: float = 1e-3,
    weight_decay: float = 0.01,
    beta1: float = 0.9,
    beta2: float = 0.999,
) -> torch.optim.AdamW:
    """Loshchilov & Hutter 2019, arXiv 1711.05101. Vectors (biases, norms, scales) do not decay.

    `rate` is the peak learning rate; the schedule belongs to the training settings.
    Raises `InvalidOption` for values outside their ranges.
    """
    _check(
        # above, AdamW's own arithmetic overflows float32; a rate that is merely too high diverges
        rate=(rate, 0, 1e36),
        weight_decay=(weight_decay, 0, 1e6),
        beta1=(beta1, 0, 1),
        beta2=(beta2, 0, 1),
    )
    named = list(parameters)
    groups = [
        {"params": [value for _, value in named if value.ndim > 1], "weight_decay": weight_decay},
        {"params": [value for _, value in named if value.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=rate, betas=(beta1, beta2))


def _check(**ranges: tuple[float, float, float]) -> None:
    for name, (value, least, beyond) in ranges.items():
        if not least <= value < beyond:
            raise InvalidOption(f"adamw: {name} must lie between {least} and {beyond}, and is {value}.")
