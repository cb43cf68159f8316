"""What a mechanism knows when it is built."""

import math
from dataclasses import dataclass
from typing import final

from regard.core.errors import InvalidOption


@final
@dataclass(frozen=True)
class Grid:
    """Where positions lie on an image: row by row, after `prefix` ones that lie nowhere (class tokens)."""

    height: int
    width: int
    prefix: int = 0

    @property
    def length(self) -> int:
        """The number of positions, prefix included."""
        return self.prefix + self.height * self.width


@final
@dataclass(frozen=True)
class Size:
    """The sizes of one layer. The letters of the notation are properties: h, g, d, e.

    length: the longest sequence.
    grid: where positions lie on an image, if they do.
    key_heads: g, heads of keys and values; None means one for each of the h query heads.
    scale: what scores are multiplied by; None means 1 / sqrt d.
    layer, layers: which layer this is, counted from 0, of how many.
    """

    heads: int
    key_features: int
    value_features: int
    length: int
    grid: Grid | None = None
    key_heads: int | None = None
    scale: float | None = None
    layer: int = 0
    layers: int = 1

    def __post_init__(self) -> None:
        for name in ("heads", "key_features", "value_features", "length", "key_heads", "layers"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InvalidOption(f"Size: {name} must be at least 1, not {value}.")
        if self.heads % self.g:
            raise InvalidOption(f"Size: key_heads={self.g} must divide heads={self.heads}.")
        if self.scale is not None and not 0 < self.scale < math.inf:
            raise InvalidOption(f"Size: scale must be a positive number, not {self.scale}.")
        if not 0 <= self.layer < self.layers:
            raise InvalidOption(f"Size: layer must lie from 0 to {self.layers - 1}, and is {self.layer}.")
        if self.grid is not None and self.grid.length > self.length:
            message = f"Size: a grid of {self.grid.length} positions exceeds the length {self.length}."
            raise InvalidOption(message)

    @property
    def h(self) -> int:
        """Query heads."""
        return self.heads

    @property
    def g(self) -> int:
        """Heads of keys and values."""
        return self.heads if self.key_heads is None else self.key_heads

    @property
    def d(self) -> int:
        """Features of a query and a key."""
        return self.key_features

    @property
    def e(self) -> int:
        """Features of a value."""
        return self.value_features

    @property
    def temperature(self) -> float:
        """What scores are divided by."""
        return math.sqrt(self.d) if self.scale is None else 1 / self.scale

    @property
    def prefix(self) -> int:
        """Positions in front that lie nowhere on the grid, such as a class token."""
        return 0 if self.grid is None else self.grid.prefix
