"""Faults in traits that nobody used to prove."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Self

import torch
from torch import Tensor

from faults.sound import Gated, RowWise, Summed, Warm
from regard.attention import Mask, Mechanism, Near, Size, Streams, Tie
from regard.attention.kernels.scores import per_head, safe_softmax, scaled_scores


class SaidToBeRandom(Warm):
    """Declares that it draws random numbers, and draws none."""

    traits = dataclasses.replace(Warm.traits, stochastic=True)


class DrawnAndNotUsed(Warm):
    """Declares that it draws random numbers, draws some, and throws them away."""

    traits = dataclasses.replace(Warm.traits, stochastic=True)

    def __init__(self, size: Size, *, warmth: float = 2.0) -> None:
        super().__init__(size, warmth=warmth)
        torch.rand(size.h)


class NearEnough(Warm):
    """Has a tie to softmax that any output satisfies."""

    traits = dataclasses.replace(Warm.traits, ties=(Tie("softmax", "warmth 1", error=2.0),))


class HalfWay(Warm):
    """Has a tie to softmax that comes within 20 % and says so."""

    traits = dataclasses.replace(Warm.traits, ties=(Tie("softmax", "warmth 1.2", error=0.3),))

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, warmth=warmth)) for warmth in (2.0, 1.5)]


class Plain(Warm):
    """What the next one turns into: the same at warmth 1."""


class ArrivesAsAnother(Gated):
    """Reaches its relative by becoming another class."""

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Any]:
        return [Near(Plain(size, warmth=1.0))]


class ArrivesInDisguise(Gated):
    """Reaches its relative by a subclass that leaves every gate away."""

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Any]:
        return [Near(Ungated(size))]


class Ungated(ArrivesInDisguise):
    """The same without gates and strengths."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        weights = safe_softmax(scaled_scores(streams.q, streams.k, mask, self.size))
        return weights @ per_head(mask.readable(streams.v), self.size.h)


class AlwaysInName(Warm):
    """Says that it is always softmax, and is so at one warmth alone."""

    traits = dataclasses.replace(Warm.traits, ties=(Tie("softmax", "always"),))


class FixedInName(Summed):
    """Declares a fixed length, and mixes any: so no law asked it about lengths."""

    traits = dataclasses.replace(Summed.traits, fixed_length=True)


class FixedByItsName(Warm):
    """Declares a fixed length that its constructor stores, and that nothing reads."""

    traits = dataclasses.replace(Warm.traits, fixed_length=True)

    def __init__(self, size: Size, *, warmth: float = 2.0) -> None:
        super().__init__(size, warmth=warmth)
        self.longest = size.length


class GridInName(RowWise):
    """Declares that it needs a grid, and reads none."""

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        return safe_softmax(scaled_scores(streams.q, streams.k, mask, self.size))


class CountsTheGrid(RowWise):
    """Declares that it needs a grid, and reads only how many positions it has."""

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        grid = self.size.grid
        scores = scaled_scores(streams.q, streams.k, mask, self.size)
        return safe_softmax(scores / (grid.height * grid.width))


class QueriesReadBehindADoor(Mechanism):
    """Declares that it reads no queries, and reads them where the mask has padding."""

    traits = dataclasses.replace(Summed.traits, cross=False, streaming=False, weights=False)

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.inner = Warm(size)

    def streams(self) -> Streams[Any]:
        return Streams(k=self.size.d, v=self.size.e)

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        asked = streams.q if mask.keys is not None and "q" in streams else torch.ones_like(streams.k)
        return self.inner(streams.replace(q=asked), mask)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Any:
        return self.inner.cost(n, m, mask)


class QueriesUnreadWhenCausal(Warm):
    """Declares that it reads queries, and reads none where the mask is causal."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        asked = torch.ones_like(streams.q) if mask.causal else streams.q
        return super().sound_weights(streams.replace(q=asked), mask)


class GateForgottenInAWindow(Gated):
    """Leaves its gate open where the mask has a window."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        if mask.window is None:
            return super().mix(streams, mask)
        return super().mix(streams.replace(gate=torch.zeros_like(streams.gate)), mask)


class QueriesReadGoingOn(Summed):
    """Declares that it reads no queries, and reads them as soon as it goes on."""

    traits = dataclasses.replace(Summed.traits, cross=False, weights=False)

    def streams(self) -> Streams[Any]:
        return Streams(k=self.size.d, v=self.size.e)

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        return super().forward(streams.replace(q=torch.ones_like(streams.k)), mask)

    def extend(self, streams: Streams, mask: Mask, state: Any) -> tuple[Tensor, Any]:
        asked = streams.q if "q" in streams else torch.ones_like(streams.k)
        return super().extend(streams.replace(q=asked), mask, state)


CAUGHT = {
    AlwaysInName: "ties",
    ArrivesAsAnother: "ties",
    ArrivesInDisguise: "ties",
    CountsTheGrid: "needs_grid",
    DrawnAndNotUsed: "stochastic",
    FixedByItsName: "fixed_length",
    FixedInName: "fixed_length",
    GateForgottenInAWindow: "reads",
    GridInName: "needs_grid",
    HalfWay: "ties",
    NearEnough: "ties",
    QueriesReadBehindADoor: "reads",
    QueriesUnreadWhenCausal: "reads",
    QueriesReadGoingOn: "reads",
    SaidToBeRandom: "stochastic",
}
