"""The layer under test: the shell around one mechanism, built as often as a law needs it."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, final, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.checking import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.size import Size
from regard.attention.traits import Traits
from regard.core.errors import InvalidOption, RegardWarning, UnsupportedMask
from regard.core.randomness import generator_of, seed_of
from regard.models.attention import Attention
from regard.models.positions import PositionKind

FEATURES = 16
HEADS = 4
LENGTH = 24
"""Positions in most laws: what a layer does of its own, it does at any length."""


@final
@dataclass(frozen=True)
class LayerSubject:
    """The shell around a mechanism's class with the options under which it is judged.

    shell: the class that is judged, `Attention` or a subclass.

    Raises `InvalidOption` for a class that is no complete mechanism.
    """

    part: type[Mechanism]
    options: Mapping[str, Any] = field(default_factory=dict)
    shell: type[Attention] = Attention

    def __post_init__(self) -> None:
        MechanismSubject(self.part, self.options)

    @cached_property
    def traits(self) -> Traits:
        """What the mechanism claims, built with these options."""
        return self.build().mechanism.traits

    def declares(self, claim: str) -> bool:
        """Whether the mechanism has this trait."""
        return bool(getattr(self.traits, claim))

    def build(self, length: int = LENGTH, dtype: torch.dtype = torch.float64, **options: Any) -> Attention:
        """The layer in eval mode, with options of the shell. Equal options give equal weights; no other
        randomness is disturbed.

        Raises `InvalidOption` and `UnsupportedMask` for options that the shell refuses.
        """
        grid = MechanismSubject(self.part, self.options).size(length).grid
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.simplefilter("ignore", RegardWarning)
            torch.manual_seed(seed_of(0, "conformance", "layer"))
            layer = self.shell(FEATURES, HEADS, mechanism=self.mechanism, length=length, grid=grid, **options)
        return layer.to(dtype).eval()

    def mechanism(self, size: Size) -> Mechanism:
        """The mechanism of a size."""
        return self.part(size, **self.options)

    def takes(self, **options: Any) -> bool:
        """Whether the shell does not refuse these options for this mechanism."""
        try:
            self.build(**options)
        except (InvalidOption, UnsupportedMask):
            return False
        return True

    def positions(self) -> list[PositionKind]:
        """The kinds of positions that the shell takes for this mechanism."""
        return [kind for kind in get_args(PositionKind) if self.takes(positions=kind)]

    def convolved(self) -> dict[str, dict[str, Any]]:
        """By name: no further options, and a convolution where the mechanism reads what it passes over."""
        bare: dict[str, dict[str, Any]] = {"bare": {}}
        return bare | ({"convolved": {"convolution": 3}} if self.takes(convolution=3) else {})

    def latent(self) -> dict[str, dict[str, Any]]:
        """By name: keys and values that are made of one vector, where the mechanism reads them."""
        options = {"projections": "latent"}
        return {"latent": options} if self.takes(**options) else {}

    def furnished(self) -> Attention:
        """The layer with every option at once that the shell takes for this mechanism."""
        wanted: dict[str, Any] = {"positions": "rotary", "convolution": 3, "qk_norm": "rms", "key_heads": 2}
        taken = {name: value for name, value in wanted.items() if self.takes(**{name: value})}
        return self.build(output_norm="layer", output_gate=True, **taken)

    def mask(self) -> Mask:
        """Causal, and with padding, as far as the mechanism declares them."""
        keys = (torch.arange(LENGTH) % 5 != 1).expand(2, LENGTH)
        return Mask(causal=self.traits.causal, keys=keys if self.traits.padding else None)


def draw(b: int = 2, n: int = LENGTH, seed: int = 0) -> Float[Tensor, "b n c"]:
    """The input of a layer, standard normal, in float64."""
    source = generator_of(seed, "conformance", "layer")
    return torch.randn(b, n, FEATURES, generator=source, dtype=torch.float64)
