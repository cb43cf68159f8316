"""What mechanisms do, asked of them rather than looked up: streams are drawn at random, answers compared."""

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import functional_call

from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.core.randomness import generator_of

ROUNDING = {torch.float32: 1e-5, torch.float64: 1e-12}


@final
@dataclass(frozen=True)
class Probed:
    """What was found of an attention layer."""

    apart: bool
    """Whether heads read by themselves (`heads_apart`)."""
    unmoved_by: frozenset[str]
    """Streams that can be shifted without effect (`shifts_unread`)."""


def answer(mechanism: Mechanism, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
    """What a mechanism gives, with noise on its own parameters, always the same: what holds at special values
    alone, such as those at which training starts, is not found.
    """
    noisy = {
        name: each + 0.1 * drawn(each, "parameters", name) for name, each in mechanism.named_parameters()
    }
    found: Tensor = functional_call(mechanism, noisy, (streams, mask))
    return found


def drawn(like: Tensor, *names: str | int) -> Tensor:
    """Standard normal numbers of the shape, the type and the device of others."""
    return torch.randn(like.shape, generator=generator_of(0, "probing", *names)).to(like)


def alike(found: Tensor, expected: Tensor) -> bool:
    """Whether answers differ by nothing but rounding; NaN is like nothing."""
    scale = expected.abs().max().clamp_min(1)
    return bool(((found - expected).abs() <= ROUNDING[expected.dtype] * scale).all())
