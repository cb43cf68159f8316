"""The conditions under which a mechanism is tried: sizes, precisions and modes, as data."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, final

import torch

from regard.attention.mechanism import Mechanism
from regard.attention.size import Grid

LENGTH = 90
"""Positions in most laws: beyond usual ranks and windows, and no multiple of usual chunks."""

ROUNDED = {torch.float64: 1e-6, torch.float32: 0.01, torch.bfloat16: 0.02, torch.float16: 0.01}
"""What rounding may change where nothing should change, relative to the largest output. Most mechanisms
change nothing at all: they read with weight 0 what is hidden. One that reads and subtracts it, or transforms
all positions together, leaves a rounding error of it.
"""

Mode = Literal["eval", "without gradient", "training", "autocast"]


@final
@dataclass(frozen=True)
class Regime:
    """One set of conditions. The defaults are those of most laws; a regime says where it differs.

    m: keys of another sequence; None means one sequence with itself.
    key_heads: heads of keys and values; None means one for each head.
    grid: where positions lie on an image, n of them; None means as the mechanism needs it.
    layer, layers: which layer it is, counted from 0, of how many.
    scale: what scores are multiplied by; None means 1 / sqrt d.
    loudness: how many times as large q and k are as standard normal ones.
    mode: eval and training, as torch means them; eval without recording gradients; eval under autocast to
        bfloat16.
    """

    n: int = LENGTH
    m: int | None = None
    b: int = 2
    heads: int = 2
    key_heads: int | None = None
    key_features: int = 8
    value_features: int = 6
    scale: float | None = None
    grid: Grid | None = None
    layer: int = 0
    layers: int = 1
    loudness: float = 1.0
    dtype: torch.dtype = torch.float64
    mode: Mode = "eval"

    @property
    def name(self) -> str:
        """Its conditions in words, as far as they differ from the defaults."""
        different = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name) != field.default
        }
        return ", ".join(_words(*each) for each in different.items())

    @property
    def keys(self) -> int:
        """The number of keys."""
        return self.n if self.m is None else self.m

    @property
    def longest(self) -> int:
        """The length of the longer sequence."""
        return max(self.n, self.keys)

    @property
    def rounded(self) -> float:
        """What rounding may change where nothing should change, relative to the largest output."""
        return ROUNDED[torch.bfloat16 if self.mode == "autocast" else self.dtype]

    @property
    def exact(self) -> bool:
        """Whether it differs from the usual one in sizes alone."""
        return (self.dtype, self.mode, self.loudness) == (torch.float64, "eval", 1.0)

    @contextmanager
    def entered(self, mechanism: Mechanism) -> Iterator[Mechanism]:
        """The mechanism in the mode of this regime, as long as the context lasts."""
        mechanism.train(self.mode == "training")
        with (
            torch.set_grad_enabled(self.mode != "without gradient"),
            torch.autocast("cpu", torch.bfloat16, enabled=self.mode == "autocast"),
        ):
            yield mechanism


@final
@dataclass(frozen=True)
class Depth:
    """How far laws go: what a quick check tries while somebody waits, or all that there is time for.

    lengths: numbers of positions; around the multiples of usual chunks, tiles and tables.
    gradient_lengths: those at which gradients are compared with finite differences, beside a short one.
    crossings: numbers of queries and keys, near to one another.
    batches, heads, key_features, value_features: values of b, h, d and e.
    regimes: where what holds in float64, eval mode and the usual size is tried again.
    """

    lengths: tuple[int, ...]
    gradient_lengths: tuple[int, ...]
    crossings: tuple[tuple[int, int], ...]
    batches: tuple[int, ...]
    heads: tuple[int, ...]
    key_features: tuple[int, ...]
    value_features: tuple[int, ...]
    regimes: tuple[Regime, ...]


ODD = Regime(n=65, b=1, heads=1, key_features=7, value_features=5, layer=1, layers=2)
MANY = Regime(n=33, b=5, heads=5, key_features=16, value_features=3, scale=0.5, layer=1, layers=3)
LONG = Regime(n=260, b=1, heads=1, value_features=8)
SQUARE = Regime(n=16, key_features=16, value_features=16)
GROUPED = Regime(n=40, b=1, heads=6, key_heads=2)
ON_GRID = Regime(n=30, grid=Grid(height=4, width=7, prefix=2))
FEWER = Regime(n=31, m=75, b=1, heads=4, value_features=8)
MORE = Regime(n=75, m=31, b=3, heads=3)
"""Sizes that meet only in one another: as many features as positions, values as wide as keys, groups of three
heads, fewer or more queries than keys."""

PRECISIONS_AND_MODES = (
    Regime(dtype=torch.float32),
    Regime(dtype=torch.bfloat16),
    Regime(dtype=torch.float16),
    Regime(dtype=torch.float32, mode="autocast"),
    Regime(mode="training"),
    Regime(mode="without gradient"),
)


def _in_each(**sizes: Any) -> tuple[Regime, ...]:
    """Every precision and mode, at other sizes."""
    return tuple(replace(regime, **sizes) for regime in PRECISIONS_AND_MODES)


QUICK = Depth(
    lengths=(1, 2, 37, 64, 128, 129),
    gradient_lengths=(130,),
    crossings=((1, 2), (2, 1), (24, 25), (25, 24), (24, 31), (31, 24), (64, 65)),
    batches=(2, 5),
    heads=(1, 3, 8),
    key_features=(7, 16, 64),
    value_features=(5, 9),
    regimes=(
        # fused kernels take values as wide as keys alone
        *_in_each(n=40, value_features=8),
        *_in_each(n=24, m=37, heads=6, key_heads=2),
        *_in_each(n=37, m=24),
        Regime(n=40, loudness=1e5),
        Regime(n=64, b=1),
        ODD,
        MANY,
        LONG,
        SQUARE,
        GROUPED,
        ON_GRID,
        FEWER,
        MORE,
    ),
)
DEEP = Depth(
    lengths=(1, 2, 3, 16, 31, 32, 33, 37, 63, 64, 65, 96, 127, 128, 129, 192, 255, 256, 257, 320),
    gradient_lengths=(33, 64, 65, 128, 130, 257),
    crossings=(
        *QUICK.crossings,
        *((n, n + more) for n in (3, 16, 63, 64, 127, 128) for more in (-2, -1, 1, 2, 7)),
        *((n, 2 * n) for n in (1, 32, 64)),
        *((2 * n, n) for n in (1, 32, 64)),
    ),
    batches=(1, 2, 3, 5, 8, 17),
    heads=(1, 3, 4, 5, 6, 8, 12),
    key_features=(1, 2, 7, 9, 16, 33, 64, 128),
    value_features=(1, 2, 3, 5, 7, 8, 9, 33, 64),
    regimes=(
        *QUICK.regimes,
        *_in_each(n=40),
        *_in_each(n=65, m=130, b=1),
        *_in_each(n=130, m=65, value_features=8),
        *_in_each(n=129, heads=4, key_heads=1, value_features=8),
        *(Regime(n=n) for n in (1, 2, 3, 16, 32, 63, 65, 127, 128, 129, 192, 256, 257)),
        *(Regime(n=n, b=1, heads=1) for n in (384, 520, 1030)),
        *(Regime(n=n, dtype=torch.float32) for n in (64, 129, 257)),
        *(Regime(n=n, dtype=torch.bfloat16) for n in (64, 129, 257)),
        *(Regime(n=n, dtype=torch.float32, mode="autocast") for n in (64, 129)),
        *(Regime(n=n, dtype=torch.float16) for n in (40, 129)),
        *(Regime(n=n, mode="training") for n in (64, 129, 257)),
        *(Regime(n=n, mode="without gradient") for n in (64, 129)),
        Regime(n=40, dtype=torch.float32, mode="training"),
        Regime(n=40, dtype=torch.bfloat16, mode="training"),
        *(Regime(n=40, heads=heads) for heads in (1, 3, 4, 6, 8, 12)),
        *(Regime(n=40, b=b) for b in (1, 3, 4, 8, 17)),
        *(Regime(n=40, key_features=d) for d in (1, 2, 3, 9, 16, 33, 64, 128)),
        *(Regime(n=40, value_features=e) for e in (1, 2, 7, 8, 33, 64)),
        *(Regime(n=40, scale=scale) for scale in (0.05, 1.0, 2.0)),
        *(Regime(n=40, heads=heads, key_heads=g) for heads, g in ((2, 1), (3, 1), (4, 2), (8, 2), (12, 3))),
        *(Regime(n=40, layer=layer, layers=4) for layer in range(4)),
        *(Regime(n=d, key_features=d, value_features=d) for d in (1, 4, 8, 32, 64)),
        Regime(n=130, b=3, heads=8, key_features=64, value_features=64),
    ),
)


def _words(name: str, value: object) -> str:
    if name in ("mode", "dtype"):
        return str(value)
    letters = {"heads": "h", "key_heads": "g", "key_features": "d", "value_features": "e"}
    return f"{letters.get(name, name)} = {value}"
