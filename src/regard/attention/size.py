"""What a mechanism knows when it is built."""

from dataclasses import dataclass

from regard.core.errors import InvalidOption


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


@dataclass(frozen=True)
class Size:
    """Heads h, features d of a key and e of a value, the longest length, and the grid if there is one."""

    heads: int
    key_features: int
    value_features: int
    length: int
    grid: Grid | None = None

    def __post_init__(self) -> None:
        for name in ("heads", "key_features", "value_features", "length"):
            if getattr(self, name) < 1:
                raise InvalidOption(f"Size: {name} must be at least 1, not {getattr(self, name)}.")
        if self.grid is not None and self.grid.length > self.length:
            message = f"Size: a grid of {self.grid.length} positions exceeds the length {self.length}."
            raise InvalidOption(message)
