"""Faults that eval mode does not show."""

import dataclasses
from typing import Any

import torch
from torch import Tensor, nn

from faults.precisions import without
from faults.sound import Gated, State, Summed, Warm
from regard.attention import Mask, Size, Streams


class FutureSeenInTraining(Warm):
    """Reads the future as long as it is trained."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams, without(mask, "causal") if self.training else mask)


class PaddingSeenInTraining(Summed):
    """Declares itself stochastic, draws nothing, and reads the padding in training."""

    traits = dataclasses.replace(Summed.traits, stochastic=True)

    def features(self, x: Tensor, mask: Mask) -> Tensor:
        return super().features(x, without(mask, "keys") if self.training else mask)


class NormalizedOverKeys(Warm):
    """Batch normalization of the keys, over positions and examples; at rest in eval mode."""

    def __init__(self, size: Size, **options: Any) -> None:
        super().__init__(size, **options)
        self.norm = nn.BatchNorm1d(size.d)

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        k = streams.k
        return super().mix(streams.replace(k=self.norm(k.flatten(0, 2)).view_as(k)), mask)


class NormalizedOverNoise(Warm):
    """The same where training may draw at random: it is then judged by what it reads alone."""

    traits = dataclasses.replace(Warm.traits, stochastic=True)

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        if not self.training:
            return super().mix(streams, mask)
        noise = 0.1 * torch.randn_like(streams.k)
        return super().mix(streams.replace(k=streams.k / streams.k.std() + noise), mask)


class HalvedGradient(Warm):
    """The gradient of the values is halved in training."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        if self.training:
            v = streams.v
            streams = streams.replace(v=v / 2 + v.detach() / 2)
        return super().mix(streams, mask)


class HalvedGradientOfNoise(Summed):
    """The gradient of what it reads is halved in training, in which it draws as well."""

    traits = dataclasses.replace(Summed.traits, stochastic=True)

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        mixed = super().forward(streams, mask)
        if not self.training:
            return mixed
        mixed = mixed * (1 + 0.1 * torch.rand(()).to(mixed))
        return mixed / 2 + mixed.detach() / 2


class GradientOfTheGateLost(Gated):
    """Detaches the gate in training."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        gate = streams.gate.detach() if self.training else streams.gate
        return super().mix(streams.replace(gate=gate), mask)


class ColderInTraining(Gated):
    """Scores at half of the temperature in training."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams.replace(q=2 * streams.q) if self.training else streams, mask)


class FutureSeenWithoutGradient(Warm):
    """Takes a shorter path where no gradient is recorded, on which the mask is forgotten."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams, mask if torch.is_grad_enabled() else without(mask, "causal", "keys"))


class LearnsByReading(Summed):
    """Each call in training moves a running mean of the keys, which is subtracted in eval mode too."""

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        self.register_buffer("mean", torch.zeros(size.d))

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        if self.training:
            self.mean = 0.9 * self.mean + 0.1 * streams.k.detach().mean((0, 1, 2))
        return super().forward(streams, mask)

    def features(self, x: Tensor, mask: Mask) -> Tensor:
        return super().features(x - self.mean.to(x), mask)


class PiecesDifferInTraining(Summed):
    """Forgets its state in training."""

    def extend(self, streams: Streams, mask: Mask, state: State) -> tuple[Tensor, State]:
        kept = 0.5 if self.training else 1.0
        return super().extend(streams, mask, (kept * state[0], kept * state[1]))
