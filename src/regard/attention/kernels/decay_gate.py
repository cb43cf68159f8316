"""How strongly a memory decays at each position: a gate that the layer's input opens."""

import math
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import softplus

from regard.attention.precision import widen

RATES = (1.0, 16.0)
"""The rates at the start, evenly spread over the heads."""

STEPS = (0.001, 0.1)
"""The steps at the start, evenly spread on a logarithmic scale over a head's features, or over the heads."""

CLOSED = -200.0
"""A stream at which nothing decays: softplus is 0 in float32 and in float64."""


@final
class DecayGate(nn.Module):
    """Log decays g = -rate · softplus(a + bias) of a stream a (Dao & Gu 2024, arXiv 2405.21060, section 7).

    One rate for each head and one bias for each head and feature are learned. They start as the authors draw
    them, but at the even quantiles of their distributions in place of draws.
    """

    def __init__(self, heads: int, features: int = 1) -> None:
        super().__init__()
        rates = torch.linspace(*RATES, heads) if heads > 1 else torch.tensor([sum(RATES) / 2])
        self.log_rate = nn.Parameter(rates.log().view(heads, 1, 1))
        self.bias = nn.Parameter(_inverse_softplus(_steps(heads, features)))

    def forward(self, a: Float[Tensor, "b h m c"]) -> Float[Tensor, "b h m c"]:
        """Log decays, 0 or less."""
        return self.log_decays(self.steps(a))

    def steps(self, a: Float[Tensor, "b h m c"]) -> Float[Tensor, "b h m c"]:
        """How far the memory goes at each position, 0 or more."""
        return softplus(a + widen(self.bias))

    def log_decays(self, steps: Float[Tensor, "b h m c"]) -> Float[Tensor, "b h m c"]:
        """What such steps make fade."""
        return -widen(self.log_rate).exp() * steps

    def copy(self, other: "DecayGate") -> None:
        """Take over rates and biases, of one that has one bias per head as well."""
        with torch.no_grad():
            self.log_rate.copy_(other.log_rate)
            self.bias.copy_(other.bias.expand_as(self.bias))


def _steps(heads: int, features: int) -> Float[Tensor, "h 1 c"]:
    count = features if features > 1 else heads
    low, high = map(math.log, STEPS)
    spread = torch.linspace(low, high, count) if count > 1 else torch.tensor([(low + high) / 2])
    steps = spread.exp()
    return steps.expand(heads, features).unsqueeze(1) if features > 1 else steps.view(heads, 1, 1)


def _inverse_softplus(steps: Tensor) -> Tensor:
    return steps + torch.log(-torch.expm1(-steps))
