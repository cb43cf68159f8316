"""Faults that a CPU does not show."""

import dataclasses

import torch
from torch import Tensor

from faults.precisions import without
from faults.sound import State, Summed, Warm
from regard.attention import Mask, Streams
from regard.attention.kernels.scores import per_head, safe_softmax, scaled_scores


class PlacesOnTheCpu(Warm):
    """Makes its causal mask on the CPU, wherever the streams are."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        if not mask.causal:
            return super().mix(streams, mask)
        q, k = streams.q, streams.k
        ahead = mask.offsets(q.shape[2], k.shape[2]) > 0
        scores = scaled_scores(self.warmth * q, k, without(mask, "causal"), self.size)
        weights = safe_softmax(scores.masked_fill(ahead, -torch.inf))
        return weights @ per_head(mask.readable(streams.v), self.size.h)


class BasisOnTheCpu(Summed):
    """Multiplies by a matrix of its own that it makes on the CPU: torch itself lets it pass on meta."""

    def features(self, x: Tensor, mask: Mask) -> Tensor:
        return super().features(x @ torch.eye(x.shape[-1], dtype=x.dtype), mask)


class StateOnTheCpu(Summed):
    """Goes on from a state that stays on the CPU."""

    def extend(self, streams: Streams, mask: Mask, state: State) -> tuple[Tensor, State]:
        kept = torch.zeros(streams.q.shape[0], self.size.h, 1, 1, dtype=streams.q.dtype)
        mixed, after = super().extend(streams, mask, state)
        return mixed + kept, after


class StateBeginsOnTheCpu(Summed):
    """Makes its first state on the CPU, whatever device it is asked for."""

    def initial_state(self, b: int, device: torch.device | None = None) -> State:
        return super().initial_state(b)


class BiasOnTheCpu(Warm):
    """Adds the slopes by distances that it counts on the CPU."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        slopes = mask.bias.slopes
        if slopes is None:
            return super().sound_weights(streams, mask)
        rest = dataclasses.replace(mask, bias=dataclasses.replace(mask.bias, slopes=None))
        scores = scaled_scores(self.warmth * streams.q, streams.k, rest, self.size)
        apart = mask.offsets(*scores.shape[2:]).abs().to(scores.dtype)
        return safe_softmax(scores - slopes.to(scores.dtype)[:, None, None] * apart)
