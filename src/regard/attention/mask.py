"""Which keys a query may read: a small value, never a dense tensor unless it is asked for."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from regard.core.errors import InvalidOption


@dataclass(frozen=True, eq=False)
class Mask:
    """What limits reading. True always means: may be read. An empty mask lets everything be read.

    Query i of n and key j of m are aligned at the start: position i is position j when i = j.
    """

    causal: bool = False
    """Query i reads keys j <= i."""
    keys: Bool[Tensor, "b m"] | None = None
    """Which keys are real rather than padding."""
    edges: Bool[Tensor, "b n m"] | None = None
    """Which query may read which key, for graphs and special patterns; dense, so use it sparingly."""
    window: int | None = None
    """Query i reads keys with |i - j| <= window."""
    slopes: Float[Tensor, " h"] | None = None
    """ALiBi (Press et al. 2022, arXiv 2108.12409): slopes · |i - j| is subtracted from a head's scores."""

    def __post_init__(self) -> None:
        if self.keys is not None and self.keys.dtype != torch.bool:
            message = f"Mask: keys must be boolean (True = may be read), not {self.keys.dtype}."
            raise InvalidOption(message)
        if self.edges is not None and self.edges.dtype != torch.bool:
            message = f"Mask: edges must be boolean (True = may be read), not {self.edges.dtype}."
            raise InvalidOption(message)
        if self.window is not None and self.window < 0:
            raise InvalidOption(f"Mask: window must not be negative, but is {self.window}.")

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the parts that are set."""
        given = {
            "causal": self.causal,
            "keys": self.keys is not None,
            "edges": self.edges is not None,
            "window": self.window is not None,
            "slopes": self.slopes is not None,
        }
        return tuple(name for name, present in given.items() if present)

    def allowed(self, n: int, m: int, device: torch.device | None = None) -> Bool[Tensor, "..."] | None:
        """The dense view, True = may be read; None if nothing is hidden. It broadcasts to (b, h, n, m).

        For reference paths and for mechanisms that form n x m scores anyway.
        """
        views: list[Tensor] = []
        if self.causal or self.window is not None:
            # key position minus query position
            offset = torch.arange(m, device=device) - torch.arange(n, device=device).unsqueeze(1)
            near = torch.ones_like(offset, dtype=torch.bool)
            if self.causal:
                near = near & (offset <= 0)
            if self.window is not None:
                near = near & (offset.abs() <= self.window)
            views.append(near[None, None])
        if self.keys is not None:
            views.append(self.keys[:, None, None, :])
        if self.edges is not None:
            views.append(self.edges[:, None])
        if not views:
            return None
        dense = views[0]
        for view in views[1:]:
            dense = dense & view
        return dense

    def bias(self, n: int, m: int) -> Float[Tensor, "h n m"] | None:
        """What is added to the scores, (h, n, m): minus slope times distance. None without slopes."""
        if self.slopes is None:
            return None
        device = self.slopes.device
        distance = (torch.arange(m, device=device) - torch.arange(n, device=device).unsqueeze(1)).abs()
        return -self.slopes[:, None, None] * distance

    def readable(self, k: Tensor) -> Tensor:
        """Keys or values (b, h, m, x) with everything hidden by `keys` set to zero.

        Filled, not multiplied: zero times a NaN in the padding is still NaN.
        """
        return k if self.keys is None else k.masked_fill(~self.keys[:, None, :, None], 0)


def alibi_slopes(heads: int) -> Float[Tensor, " h"]:
    """The slopes of ALiBi: a geometric series from 2^(-8/h), interpolated where h is no power of two."""
    whole = 2 ** math.floor(math.log2(heads))
    first = [2 ** (-8 * (i + 1) / whole) for i in range(whole)]
    between = [2 ** (-8 * (i + 0.5) / whole) for i in range(heads - whole)]
    return torch.tensor(first + between)
