"""The conditions under which a mechanism is tried: sizes, precisions and modes, as data."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Literal, final

import torch

from regard.attention.mechanism import Mechanism

LENGTH = 90
"""Positions in most laws: beyond usual ranks and windows, and no multiple of usual chunks."""

Mode = Literal["eval", "without gradient", "training", "autocast"]


@final
@dataclass(frozen=True)
class Regime:
    """One set of conditions. The defaults are those of most laws; a regime says where it differs.

    scale: what scores are multiplied by; None means 1 / sqrt d.
    loudness: how many times as large q and k are as standard normal ones.
    mode: eval and training, as torch means them; eval without recording gradients; eval under autocast to
        bfloat16.
    """

    n: int = LENGTH
    b: int = 2
    heads: int = 2
    key_features: int = 8
    value_features: int = 6
    scale: float | None = None
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


ODD = Regime(n=65, b=1, heads=1, key_features=7, value_features=5)
MANY = Regime(n=33, b=5, heads=5, key_features=16, value_features=3, scale=0.5)
LONG = Regime(n=260, b=1, heads=1)

QUICK = Depth(
    lengths=(1, 2, 37, 64, 128, 129),
    gradient_lengths=(130,),
    crossings=((1, 2), (2, 1), (24, 25), (25, 24), (24, 31), (31, 24), (64, 65)),
    batches=(2, 5),
    heads=(1, 3, 8),
    key_features=(7, 16, 64),
    value_features=(5, 9),
    regimes=(
        Regime(n=40, dtype=torch.float32),
        Regime(n=40, dtype=torch.bfloat16),
        Regime(n=40, dtype=torch.float16),
        Regime(n=40, dtype=torch.float32, mode="autocast"),
        Regime(n=40, mode="training"),
        Regime(n=40, mode="without gradient"),
        Regime(n=40, loudness=1e5),
        Regime(n=64, b=1),
        ODD,
        MANY,
        LONG,
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
        Regime(n=130, b=3, heads=8, key_features=64, value_features=64),
    ),
)


def _words(name: str, value: object) -> str:
    if name in ("mode", "dtype"):
        return str(value)
    letters = {"heads": "h", "key_features": "d", "value_features": "e"}
    return f"{letters.get(name, name)} = {value}"
