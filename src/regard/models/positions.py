"""Where a position is, told in one of five ways: added to the input, by turning q and k, or by a bias.

`start` is the place of the first position: 0, or as many as have been read before. Angles are computed in
float32 at least, whatever the type of the module and of what is turned.
"""

import math
from typing import Literal, final, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.bias import alibi_slopes
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.models.tables import ComputedTable, wide

PositionKind = Literal["learned", "sinusoidal", "rotary", "rotary_half", "alibi", "none"]

TURNING = ("rotary", "rotary_half")
"""The kinds that turn q and k."""


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

    def __init__(self, features: int) -> None:
        super().__init__()
        if features % 2:
            raise InvalidOption(f"Sinusoidal positions need an even number of features, not {features}.")
        self.features = features

    def forward(self, x: Float[Tensor, "b n c"], start: int = 0) -> Float[Tensor, "b n c"]:
        angles = _angles(start, x.shape[1], self.features, wide(x.dtype), x.device)
        return (x + torch.stack([angles.sin(), angles.cos()], -1).flatten(-2)).to(x.dtype)


@final
class NoPositions(nn.Module):
    """Nothing is added: the attention tells positions itself, or nobody does."""

    def forward(self, x: Float[Tensor, "b n c"], start: int = 0) -> Float[Tensor, "b n c"]:
        return x


@final
class Rotary(ComputedTable):
    """Pairs of features turned by an angle that grows with the position (Su et al. 2021, eq. 15).

    `rotary` turns neighboring features, 2 i and 2 i + 1, as the paper and GPT-J do (interleaved);
    `rotary_half` turns i and i + d / 2, as GPT-NeoX and Llama do (half-split). The angles are the same: with
    weights of q and k permuted accordingly, so are the scores. Products are rounded once, to the type of
    what is turned. Of a vector with more features the last ones are turned.

    Sines and cosines of the first `length` positions are computed once, those behind them in every call.
    """

    def __init__(self, key_features: int, length: int, kind: PositionKind = "rotary") -> None:
        super().__init__()
        if key_features % 2:
            message = f"Rotary positions need an even number of features per head, not {key_features}."
            raise InvalidOption(message)
        self.features, self.length = key_features, length
        # where the two features of a pair lie when the features are laid out in a table of two dimensions
        self.pair = -1 if kind == "rotary" else -2
        self.renew()

    def compute(self, dtype: torch.dtype, device: torch.device | None) -> Float[Tensor, "2 n d"]:
        return self._turns(0, self.length, dtype, device)

    def forward(self, x: Float[Tensor, "b h n d"], start: int = 0) -> Float[Tensor, "b h n d"]:
        if x.shape[-1] > self.features:
            kept, turned = torch.split(x, [x.shape[-1] - self.features, self.features], -1)
            return torch.cat([kept, self(turned, start)], -1)
        turns = self._turns_for(x, start)
        # head by head in memory: products with what lies between other heads round otherwise
        x = x.contiguous()
        swapped = x.view(*x.shape[:-1], *self._layout).flip(self.pair).flatten(-2)
        return (x * turns[0] + swapped * turns[1]).to(x.dtype)

    @property
    def _layout(self) -> tuple[int, int]:
        """The features of a head as pairs: side by side, or one half below the other."""
        half = self.features // 2
        return (half, 2) if self.pair == -1 else (2, half)

    def _turns_for(self, x: Tensor, start: int) -> Float[Tensor, "2 n d"]:
        """Those of the table, where it reaches and is as precise as x."""
        stop, table = start + x.shape[2], self.table
        if stop <= self.length and table.device == x.device and wide(x.dtype) in (table.dtype, torch.float32):
            return table[:, start:stop]
        return self._turns(start, x.shape[2], wide(x.dtype), x.device)

    def _turns(
        self, start: int, n: int, dtype: torch.dtype, device: torch.device | None
    ) -> Float[Tensor, "2 n d"]:
        """What each of n positions multiplies a vector by, and what its vector with every pair swapped:
        cosines, and sines of both signs.
        """
        angles = _angles(start, n, self.features, dtype, device)
        sin, cos = angles.sin(), angles.cos()
        return torch.stack([torch.stack([cos, cos], self.pair), torch.stack([-sin, sin], self.pair)]).flatten(
            -2
        )


@final
class Alibi(ComputedTable):
    """ALiBi's slopes, one per head (Press et al. 2022, arXiv 2108.12409).

    Only the mechanism has scores: the slopes reach it as a part of the mask's bias.
    """

    def __init__(self, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.renew()

    def compute(self, dtype: torch.dtype, device: torch.device | None) -> Float[Tensor, " h"]:
        return alibi_slopes(self.heads, dtype, device)


def _angles(
    start: int, n: int, features: int, dtype: torch.dtype, device: torch.device | None
) -> Float[Tensor, "n half"]:
    """The angles of n positions from `start` on, in float32 or float64."""
    even = torch.arange(0, features, 2, device=device, dtype=dtype)
    frequencies = torch.exp(even * (-math.log(10_000) / features))
    return torch.arange(start, start + n, device=device).unsqueeze(1) * frequencies


def added_positions(kind: PositionKind, length: int, features: int) -> nn.Module:
    """What adds positions to the input: nothing, where the attention tells positions itself."""
    if kind == "learned":
        return Learned(length, features)
    if kind == "sinusoidal":
        return Sinusoidal(features)
    if kind in get_args(PositionKind):
        return NoPositions()
    *others, last = get_args(PositionKind)
    message = f"Attention: positions cannot be '{kind}': choose {', '.join(others)} or {last}."
    raise InvalidOption(message)
