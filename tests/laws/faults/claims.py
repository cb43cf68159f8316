"""Faults in what is claimed: traits that do not fit the function, names without their mechanism."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Self

import torch
from torch import Tensor

from faults.sound import Gated, Summed, Warm, Weighed, opened
from regard.attention import Mask, Near, Size, Streams


class Renamed(Warm):
    """Plain softmax under another name (13 of 23 mechanisms of a prior collection)."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams.replace(q=streams.q / self.warmth), mask)


class NeverArrives(Warm):
    """Its tie stays short of softmax attention."""

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, warmth=warmth)) for warmth in (2.0, 1.5, 1.1)]


class TurnsBack(Warm):
    """Comes near, moves away, and arrives in the end."""

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, warmth=warmth)) for warmth in (1.5, 2.0, 1.0)]


class GatesHalfOpen(Gated):
    """A tie that lies: it says that every gate is 1, and its streams open them halfway."""

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size), opened(by)) for by in (0.0, 1.0)]


class RowsAboveOne(Weighed):
    """Declares normalized rows, and they sum to 1.1."""

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        return 1.1 * self.sound_weights(streams, mask)


class NegativeWeights(Weighed):
    """Declares weights of no sign, and takes some back."""

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        sound = self.sound_weights(streams, mask)
        return 2 * sound - sound.square() / sound.square().sum(-1, keepdim=True).clamp_min(1e-30)


class MoreThanAll(Weighed):
    """Declares that weights sum to 1 at most, and they sum to 1.1."""

    traits = dataclasses.replace(Warm.traits, mass="at most 1")

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        return 1.1 * self.sound_weights(streams, mask)


class NothingChosen(Warm):
    """Declares that it chooses its keys, and reads them all."""

    traits = dataclasses.replace(Warm.traits, chooses=True)


class NearestChosen(Warm):
    """Declares that it chooses its keys, and always reads the nearest."""

    traits = dataclasses.replace(Warm.traits, chooses=True)

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        near = 3 if mask.window is None else min(mask.window, 3)
        return super().mix(streams, dataclasses.replace(mask, window=near))


class ItselfInSecret(Warm):
    """Declares that a query does not read itself, and it does."""

    traits = dataclasses.replace(Warm.traits, reads_itself=False)


class PlacesCounted(Weighed):
    """Prefers early keys, and declares that places do not count."""

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        ramp = torch.linspace(1, 2, streams.k.shape[2]).to(streams.k)
        weights = self.sound_weights(streams, mask) * ramp
        return weights / weights.sum(-1, keepdim=True).clamp_min(1e-30)


class PlacesDenied(Warm):
    """Declares that places count, and they do not."""

    traits = dataclasses.replace(Warm.traits, equivariant=False)


class QueriesReadInSecret(Warm):
    """Declares that it reads only keys and values, so the shell would build no queries for it."""

    traits = dataclasses.replace(Warm.traits, cross=False, ties=())

    def streams(self) -> Streams[Any]:
        return Streams(k=self.size.d, v=self.size.e)

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        q = streams.q if "q" in streams else torch.zeros_like(streams.k)
        return super().mix(streams.replace(q=q), mask)


class QueriesNotRead(Summed):
    """Declares that it reads queries, and mixes the same for all."""

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        return super().forward(streams.replace(q=torch.ones_like(streams.q)), mask)


class GateNotRead(Gated):
    """Declares a gate, and leaves it open."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams.replace(gate=torch.zeros_like(streams.gate)), mask)


class ScoresOfFeatures(Warm):
    """Scores are of features of q and k, not of their inner product, which its traits claim."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        return super().sound_weights(streams.replace(q=streams.q.relu(), k=streams.k.relu()), mask)


class HalfOfTheFeaturesScored(Warm):
    """Scores are of the first features only: relative where neighbors make a pair, not where halves do."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        half = self.size.d // 2
        return super().sound_weights(streams.replace(q=streams.q[..., :half], k=streams.k[..., :half]), mask)
