"""Where a position is, told in one of four ways: added to the input, or by turning q and k, or by a bias.

ALiBi's slopes are part of the bias (`attention/bias.py`), since only the mechanism has scores. `start` is the
place of the first position: 0, or as many as have been read before.
"""

import math
from collections.abc import Callable
from typing import Literal, Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.core.errors import InvalidOption, UnsupportedUse

PositionKind = Literal["learned", "sinusoidal", "rotary", "alibi", "none"]


@final
class Learned(nn.Module):
    """A learned vector per position, added to the input (Devlin et al. 2019, arXiv 1810.04805)."""

    def __init__(self, length: int, features: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.empty(length, features))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the table from a normal distribution with standard deviation 0.02, as BERT and GPT-2 do."""
        nn.init.normal_(self.table, std=0.02)

    def forward(self, x: Float[Tensor, "b n c"], start: int = 0) -> Float[Tensor, "b n c"]:
        """Raises `UnsupportedUse` for a sequence longer than the table."""
        stop, length = start + x.shape[1], len(self.table)
        if stop > length:
            message = (
                f"Learned positions end at {length}, but the sequence has {stop}. Use rotary or sinusoidal."
            )
            raise UnsupportedUse(message)
        return x + self.table[start:stop]


@final
class Sinusoidal(nn.Module):
    """Sines and cosines of falling frequencies, added to the input (Vaswani et al. 2017, sec. 3.5)."""

    frequencies: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        if features % 2:
            raise InvalidOption(f"Sinusoidal positions need an even number of features, not {features}.")
        self.register_buffer("frequencies", _frequencies(features), persistent=False)

    def forward(self, x: Float[Tensor, "b n c"], start: int = 0) -> Float[Tensor, "b n c"]:
        angles = _angles(start, x.shape[1], self.frequencies)
        return x + torch.stack([angles.sin(), angles.cos()], -1).flatten(-2).to(x.dtype)


@final
class NoPositions(nn.Module):
    """Nothing is added: the attention tells positions itself, or nobody does."""

    def forward(self, x: Float[Tensor, "b n c"], start: int = 0) -> Float[Tensor, "b n c"]:
        return x


@final
class Rotary(nn.Module):
    """Pairs of features turned by an angle that grows with the position (Su et al. 2021, eq. 15).

    Sines and cosines of the first `length` positions are computed once, those behind them in every call.
    """

    frequencies: Tensor
    turns: Tensor

    def __init__(self, key_features: int, length: int) -> None:
        super().__init__()
        if key_features % 2:
            message = f"Rotary positions need an even number of features per head, not {key_features}."
            raise InvalidOption(message)
        self.length = length
        self.register_buffer("frequencies", _frequencies(key_features), persistent=False)
        self.register_buffer("turns", _turns(0, length, self.frequencies), persistent=False)

    def forward(self, x: Float[Tensor, "b h n d"], start: int = 0) -> Float[Tensor, "b h n d"]:
        stop = start + x.shape[2]
        known = stop <= self.length
        turns = self.turns[:, start:stop] if known else _turns(start, x.shape[2], self.frequencies)
        cos, sin = turns.to(x.dtype).unbind()
        # head by head in memory: products with what lies between other heads round otherwise
        x = x.contiguous()
        swapped = x.view(*x.shape[:-1], -1, 2).flip(-1).flatten(-2)
        return x * cos + swapped * sin

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Convert or move, then compute anew: single precision made double would keep its rounding."""
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self.turns = _turns(0, self.length, self.frequencies)
        return self


def _frequencies(features: int) -> Float[Tensor, " half"]:
    return torch.exp(torch.arange(0, features, 2) * (-math.log(10_000) / features))


def _angles(start: int, n: int, frequencies: Float[Tensor, " half"]) -> Float[Tensor, "n half"]:
    """The angles of n positions from `start` on."""
    return torch.arange(start, start + n, device=frequencies.device).unsqueeze(1) * frequencies


def _turns(start: int, n: int, frequencies: Float[Tensor, " half"]) -> Float[Tensor, "2 n d"]:
    """What each of n positions multiplies a vector by, and what its vector with every pair swapped: cosines,
    and sines of both signs.
    """
    angles = _angles(start, n, frequencies)
    sin, cos = angles.sin(), angles.cos()
    return torch.stack([torch.stack([cos, cos], -1), torch.stack([-sin, sin], -1)]).flatten(-2)


def added_positions(kind: PositionKind, length: int, features: int) -> nn.Module:
    """What adds positions to the input: nothing, where the attention tells positions itself."""
    if kind == "learned":
        return Learned(length, features)
    if kind == "sinusoidal":
        return Sinusoidal(features)
    if kind in ("rotary", "alibi", "none"):
        return NoPositions()
    message = f"Attention: positions cannot be '{kind}': choose learned, sinusoidal, rotary, alibi or none."
    raise InvalidOption(message)
