"""The mechanism under test: a class with options, built as often as a law needs it."""

import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, final

import torch

from regard.attention.checking.regimes import LENGTH, QUICK, Depth, Regime
from regard.attention.mechanism import Mechanism
from regard.attention.size import Grid, Size
from regard.attention.traits import Traits
from regard.core.errors import InvalidOption, RegardError
from regard.core.randomness import generator_of, reseed, seed_of

TRAINED = 0.1
"""Standard deviation of what is added to every parameter, as if it had been trained a little."""


Finder = Callable[[str], type[Mechanism]]
"""From the name of a mechanism to its class."""


def unknown_relative(name: str) -> type[Mechanism]:
    """The finder of a subject that was given none: raises `InvalidOption`."""
    message = (
        f"The relative '{name}' cannot be found: give MechanismSubject(..., find=...) a catalog's `find`."
    )
    raise InvalidOption(message)


@final
@dataclass(frozen=True)
class MechanismSubject:
    """A mechanism's class with the options under which it is judged.

    find: how the relatives are found to which it declares ties; the laws know no catalog.
    depth: how many lengths, sizes, precisions and modes the laws try.

    Raises `InvalidOption` for a class that is no complete mechanism.
    """

    part: type[Mechanism]
    options: Mapping[str, Any] = field(default_factory=dict)
    find: Finder = unknown_relative
    depth: Depth = QUICK

    def __post_init__(self) -> None:
        name = getattr(self.part, "__name__", repr(self.part))
        if not (inspect.isclass(self.part) and issubclass(self.part, Mechanism)):
            raise InvalidOption(f"{name} is no mechanism: it must subclass regard.attention.Mechanism.")
        missing = sorted(self.part.__abstractmethods__)
        if missing:
            raise InvalidOption(f"{name} cannot be judged before it defines {' and '.join(missing)}.")
        if not isinstance(getattr(self.part, "traits", None), Traits):
            raise InvalidOption(f"{name} declares no traits: give it `traits = Traits(source=..., ...)`.")

    @cached_property
    def traits(self) -> Traits:
        """What the mechanism claims, built with these options."""
        return self.build().traits

    def declares(self, claim: str) -> bool:
        """Whether the mechanism has this trait."""
        return bool(getattr(self.traits, claim))

    def size(self, n: int = LENGTH, *, heads: int = 2) -> Size:
        """A small size, d = 8 and e = 6, for n positions: on a grid if it needs one, else with more room."""
        return self.size_of(Regime(n=n, heads=heads))

    def size_of(self, regime: Regime) -> Size:
        """The size of a regime: on a grid if the mechanism needs one, else with room for 90 positions."""
        needed = _grid(regime.n) if self.part.traits.needs_grid else None
        grid = regime.grid or needed
        return Size(
            heads=regime.heads,
            key_features=regime.key_features,
            value_features=regime.value_features,
            length=max(regime.longest, LENGTH) if grid is None else regime.n,
            grid=grid,
            key_heads=regime.key_heads,
            scale=regime.scale,
            layer=regime.layer,
            layers=regime.layers,
        )

    def regimes(self) -> Iterator[Regime]:
        """Those of its depth, as far as it declares such uses, for which it can be built: a size that it
        refuses is no fault.
        """
        for regime in dict.fromkeys(map(self._as_declared, self.depth.regimes)):
            if self.accepts(regime):
                yield regime

    def sizes(self) -> Iterator[Regime]:
        """The regimes that differ from the usual one in sizes alone: in float64, in eval mode."""
        for regime in self.regimes():
            if regime.exact:
                yield regime

    def of_one_sequence(self) -> Iterator[Regime]:
        """The sizes at which it mixes one sequence with itself."""
        for regime in self.sizes():
            if regime.m is None:
                yield regime

    def accepts(self, regime: Regime) -> bool:
        """Whether it can be built for the size of a regime."""
        try:
            self.build(self.size_of(regime))
        except (RegardError, ValueError, AssertionError):  # how constructors refuse an option
            return False
        return True

    def build(
        self, size: Size | None = None, *, dtype: torch.dtype = torch.float64, seed: int = 0
    ) -> Mechanism:
        """The mechanism in eval mode: equal seeds give equal weights; no other randomness is disturbed.

        Its parameters are moved a little from their initial values: a gate that starts at 0 would hide
        what it multiplies.
        """
        with torch.random.fork_rng(devices=[]):
            reseed(torch.device("cpu"), seed_of(seed, "conformance"))
            mechanism = self.part(size or self.size(), **self.options)
        for name, parameter in mechanism.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator_of(seed, "conformance", name))
            parameter.data.add_(TRAINED * noise)
        return mechanism.to(dtype).eval()

    def _as_declared(self, regime: Regime) -> Regime:
        """The regime without keys of another sequence, and without groups of heads, where it takes none."""
        m = regime.m if self.traits.cross else None
        return replace(regime, m=m, key_heads=regime.key_heads if self.traits.grouped else None)


def _grid(length: int) -> Grid:
    """The grid nearest to a square that has exactly this many positions."""
    height = next(side for side in range(math.isqrt(length), 0, -1) if length % side == 0)
    return Grid(height, length // height)
