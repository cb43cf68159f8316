"""Faults in work and memory that only some masks show, and in what is no matrix product."""

import dataclasses
from typing import Any

import torch
from torch import Tensor

from faults.sound import State, Summed, Warm
from regard.attention import Cost, Mask, Streams
from regard.attention.kernels.scores import safe_softmax, scaled_scores


class DenseWhenPaddedAndCausal(Summed):
    """Keeps its promise about memory under either part of a mask, and not under both."""

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        if mask.keys is None or not mask.causal:
            return super().forward(streams, mask)
        return self.weights(streams, mask) @ mask.readable(streams.v)


class DensePadding(Summed):
    """Spreads the padding over all pairs before it is used."""

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        mixed = super().forward(streams, mask)
        if mask.keys is None:
            return mixed
        readable = mask.keys.unsqueeze(1) & mask.keys.unsqueeze(2)
        return mixed + 0 * readable.any(-1)[:, None, :, None]


class DenseGoingOn(Summed):
    """Goes on through a table of all positions so far by all positions so far."""

    def extend(self, streams: Streams, mask: Mask, state: State) -> tuple[Tensor, State]:
        mixed, state = super().extend(streams, mask, state)
        n = mask.start + streams.k.shape[2]
        return mixed + 0 * torch.ones(n, n, dtype=mixed.dtype).tril()[-1].sum(), state


class LoopOverPrefixes(Summed):
    """For each query the sum of all keys before it anew: little memory, quadratic time."""

    def read(self, a: Tensor, b: Tensor, v: Tensor, before: State | None = None) -> tuple[Tensor, State]:
        mixed, state = super().read(a, b, v, before)
        for i in range(b.shape[2]):
            mixed = mixed + 0 * b[:, :, : i + 1, 0].sum()
        return mixed, state


class GrownByCopies(Summed):
    """Collects positions in a tensor that is copied whole for each further one."""

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        mixed = super().forward(streams, mask)
        collected = mixed[:, :, :1]
        for i in range(1, mixed.shape[2]):
            collected = torch.cat([collected, mixed[:, :, i : i + 1]], 2)
        return collected


class SquaredWhenPadded(Summed):
    """Looks for the padding of each position among that of all."""

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        mixed = super().forward(streams, mask)
        if mask.keys is not None:
            for i in range(mask.keys.shape[1]):
                mixed = mixed + 0 * (mask.keys != mask.keys[:, i : i + 1]).sum()
        return mixed


class LookedUpGoingOn(Summed):
    """A step goes through as many positions as were seen."""

    def extend(self, streams: Streams, mask: Mask, state: State) -> tuple[Tensor, State]:
        mixed, state = super().extend(streams, mask, state)
        for _ in range(mask.start):
            mixed = mixed * 1
        return mixed, state


class OnlyRowsCounted(Warm):
    """Counts one exponential for each row of scores."""

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        return dataclasses.replace(super().cost(n, m, mask), other_flops=self.size.h * n)


class OtherwiseNothing(Summed):
    """Counts its products and nothing else."""

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        return dataclasses.replace(super().cost(n, m, mask), other_flops=0)


class TenfoldCounted(Warm):
    """Counts ten times what it does."""

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        sound = super().cost(n, m, mask)
        return dataclasses.replace(sound, other_flops=10 * sound.other_flops)


class RepeatedInAWindow(Warm):
    """Normalizes five times where the mask has a window."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        for _ in range(4 if mask.window is not None else 0):
            safe_softmax(scaled_scores(streams.q, streams.k, mask, self.size))
        return super().sound_weights(streams, mask)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        sound = super().cost(n, m, mask)
        products = self.size.h * n * m * self.size.d * 2
        repeated = 4 * products if mask.window is not None else 0
        return dataclasses.replace(sound, matmul_flops=sound.matmul_flops + repeated)


class StepNotCounted(Warm):
    """Counts a step as if nothing were normalized there."""

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        sound = super().cost(n, m, mask)
        return dataclasses.replace(sound, other_flops=0) if mask.start else sound


class CubicInAWindow(Warm):
    """Declares quadratic time, and its formula is cubic under a window."""

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        sound: Any = super().cost(n, m, mask)
        return sound if mask.window is None else dataclasses.replace(sound, other_flops=n * n * m)


CAUGHT = {
    DenseGoingOn: "memory_growth",
    DensePadding: "memory_growth",
    DenseWhenPaddedAndCausal: "memory_growth",
    GrownByCopies: "work_growth",
    CubicInAWindow: "time_growth",
    LookedUpGoingOn: "work_growth",
    LoopOverPrefixes: "work_growth",
    OnlyRowsCounted: "operations",
    OtherwiseNothing: "operations",
    RepeatedInAWindow: "operations",
    SquaredWhenPadded: "work_growth",
    StepNotCounted: "operations",
    TenfoldCounted: "operations",
}
