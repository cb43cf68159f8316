"""From the layer's input to the streams that a mechanism reads: apart, or q, k and v by one matrix."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import linear

from regard.attention.size import Size
from regard.attention.streams import Init, Side, Stream, Streams

Projected = dict[str, Float[Tensor, "b _ width"]]
"""Streams with all heads side by side, by name."""


@final
@dataclass(frozen=True)
class Wanted:
    """A projection to be made: features of all heads together, from which sequence, how initialized."""

    width: int
    of: Side
    init: Init | None
    """None: as torch draws it, with a bias where the shell has biases."""


def wanted_projections(declared: Streams[Stream], size: Size, absent: str) -> dict[str, Wanted]:
    """One for each stream that has features and is not absent. Keys and values have g heads."""
    return {
        name: Wanted(stream.features * _heads(name, stream, size), stream.of, stream.init)
        for name, stream in declared.items()
        if stream.features and name not in tuple(absent)
    }


def convolved_widths(declared: Streams[Stream], size: Size) -> dict[str, int]:
    """Features of all heads together of each stream over which the short convolution passes."""
    return {
        name: stream.features * _heads(name, stream, size)
        for name, stream in declared.items()
        if stream.features and (stream.convolved or name in ("q", "k", "v"))
    }


def _heads(name: str, stream: Stream, size: Size) -> int:
    if stream.shared:
        return 1
    return size.g if stream.grouped or name in ("k", "v") else size.h


@final
class Projection(nn.Linear):
    """A linear map initialized as a stream declares: std of the weights, value of the bias or none."""

    def __init__(self, features: int, width: int, init: Init) -> None:
        self.init = init
        super().__init__(features, width, init.bias is not None)

    def reset_parameters(self) -> None:
        """Draw the weights as torch does, or from a normal distribution of the deviation asked for."""
        super().reset_parameters()
        if self.init.std is not None:
            nn.init.normal_(self.weight, std=self.init.std)
        if self.init.bias is not None:
            nn.init.constant_(self.bias, self.init.bias)


@final
class SeparateProjections(nn.Module):
    """A matrix for each stream."""

    def __init__(self, features: int, wanted: Mapping[str, Wanted], bias: bool) -> None:
        super().__init__()
        self.sides = {name: each.of for name, each in wanted.items()}
        for name, each in wanted.items():
            self.add_module(name, _made(features, each, bias))

    def forward(self, x: Float[Tensor, "b n c"], context: Float[Tensor, "b m c"]) -> Projected:
        sources = {"queries": x, "keys": context}
        return {name: getattr(self, name)(sources[side]) for name, side in self.sides.items()}


def _made(features: int, wanted: Wanted, bias: bool) -> nn.Linear:
    if wanted.init is None:
        return nn.Linear(features, wanted.width, bias)
    return Projection(features, wanted.width, wanted.init)


@final
class MergedProjections(nn.Module):
    """One matrix for q, k and v: a single product where queries and keys come from the same sequence."""

    def __init__(self, features: int, wanted: Mapping[str, Wanted], bias: bool) -> None:
        super().__init__()
        together = {name: each.width for name, each in wanted.items() if each.init is None}
        self.names, self.widths = tuple(together), list(together.values())
        self.merged = nn.Linear(features, sum(self.widths), bias)
        rest = {name: each for name, each in wanted.items() if name not in together}
        self.others = SeparateProjections(features, rest, bias)

    def forward(self, x: Float[Tensor, "b n c"], context: Float[Tensor, "b m c"]) -> Projected:
        return self._together(x, context) | self.others(x, context)

    def copy_from(self, separate: SeparateProjections) -> None:
        """Take over the weights of separate projections: the outputs are then equal."""
        parts = separate.state_dict()
        kinds = [kind for kind, _ in self.merged.named_parameters()]
        merged = {kind: torch.cat([parts[f"{name}.{kind}"] for name in self.names]) for kind in kinds}
        self.merged.load_state_dict(merged)
        self.others.load_state_dict({key: parts[key] for key in self.others.state_dict()})

    def _together(self, x: Tensor, context: Tensor) -> Projected:
        if context is x:
            return dict(zip(self.names, torch.split(self.merged(x), self.widths, -1), strict=True))
        weights = torch.split(self.merged.weight, self.widths)
        nothing = (None,) * len(self.names)
        biases = nothing if self.merged.bias is None else torch.split(self.merged.bias, self.widths)
        return {
            name: linear(x if name == "q" else context, weight, bias)
            for name, weight, bias in zip(self.names, weights, biases, strict=True)
        }
