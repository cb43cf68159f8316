"""Faults in what is claimed: traits that do not fit the function, names without their mechanism."""

import dataclasses
from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor

from faults.sound import Recurrent, Warm
from regard.attention import Mask, Size


class Renamed(Warm):
    """Plain softmax under another name (13 of 23 mechanisms of a prior collection)."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        return super().forward(q / self.warmth, k, v, mask)


class NeverArrives(Warm):
    """Its limit stays short of softmax attention."""

    @classmethod
    def toward_softmax(cls, size: Size) -> Sequence[Self]:
        return [cls(size, warmth=warmth) for warmth in (2.0, 1.5, 1.1)]


class TurnsBack(Warm):
    """Comes near, moves away, and arrives in the end."""

    @classmethod
    def toward_softmax(cls, size: Size) -> Sequence[Self]:
        return [cls(size, warmth=warmth) for warmth in (1.5, 2.0, 1.0)]


class RowsAboveOne(Warm):
    """Declares normalized rows, and they sum to 1.1."""

    def weights(self, q: Tensor, k: Tensor, mask: Mask) -> Tensor:
        return 1.1 * super().weights(q, k, mask)

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        return self.weights(q, k, mask) @ mask.readable(v)


class NegativeWeights(RowsAboveOne):
    """Declares weights of no sign, and takes some back."""

    def weights(self, q: Tensor, k: Tensor, mask: Mask) -> Tensor:
        sound = Warm.weights(self, q, k, mask)
        return 2 * sound - sound.square() / sound.square().sum(-1, keepdim=True).clamp_min(1e-30)


class PlacesCounted(Warm):
    """Prefers early keys, and declares that places do not count."""

    def weights(self, q: Tensor, k: Tensor, mask: Mask) -> Tensor:
        ramp = torch.linspace(1, 2, k.shape[2]).to(q)
        weights = super().weights(q, k, mask) * ramp
        return weights / weights.sum(-1, keepdim=True).clamp_min(1e-30)

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        return self.weights(q, k, mask) @ mask.readable(v)


class PlacesDenied(Warm):
    """Declares that places count, and they do not."""

    traits = dataclasses.replace(Warm.traits, equivariant=False)


class QueriesReadInSecret(Warm):
    """Declares that it reads only keys and values, so the shell would build no queries for it."""

    traits = dataclasses.replace(Warm.traits, reads=frozenset("kv"))


class QueriesNotRead(Recurrent):
    """Declares that it reads queries, and mixes the same for all."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        return super().forward(torch.ones_like(q), k, v, mask)
