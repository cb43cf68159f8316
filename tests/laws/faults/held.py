"""Faults in what a caller holds: masks, biases, states, outputs and penalties."""

import dataclasses
from typing import Any

import torch
from torch import Tensor

from faults.masks import with_bias
from faults.sound import State, Summed, Warm
from regard.attention import Bias, Cost, Mask, Streams
from regard.attention.kernels.scores import scaled_scores

Cache = dict[str, Tensor]


class SlopesFromTheEnd(Warm):
    """Measures slopes as if the last query stood at the last key."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        n, m = streams.q.shape[2], streams.k.shape[2]
        if mask.bias.slopes is None or not mask.start:
            return super().sound_weights(streams, mask)
        added = dataclasses.replace(mask, start=m - n).added(n, m, streams.q.device)
        return super().sound_weights(streams, dataclasses.replace(mask, bias=Bias(dense=added)))


class SlopesDetached(Warm):
    """Slopes never learn."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        slopes = mask.bias.slopes
        return super().mix(streams, mask if slopes is None else with_bias(mask, slopes=slopes.detach()))


class MatrixForTheFirstHead(Warm):
    """A dense bias that is given once is added in the first head alone."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        dense = mask.bias.dense
        if dense is None or dense.shape[-3] > 1:
            return super().mix(streams, mask)
        first = torch.arange(self.size.h, device=dense.device) == 0
        return super().mix(streams, with_bias(mask, dense=dense * first[:, None, None]))


class NanWhereABiasHidesAll(Warm):
    """Looks for rows without a key only where keys or edges may leave one."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        if mask.keys is not None or mask.edges is not None or mask.window is not None:
            return super().sound_weights(streams, mask)
        scores = scaled_scores(self.warmth * streams.q, streams.k, mask, self.size)
        return scores.softmax(-1).to(streams.v.dtype)


class WidenedByABias(Warm):
    """The output takes the type of the slopes."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        slopes, mixed = mask.bias.slopes, super().mix(streams, mask)
        return mixed if slopes is None else mixed.to(torch.promote_types(mixed.dtype, slopes.dtype))


class MaskOverwritten(Warm):
    """Marks the padding as read."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        mixed = super().mix(streams, mask)
        if mask.keys is not None:
            mask.keys.fill_(True)
        return mixed


class ValuesOverwrittenByWeights(Warm):
    """Uses the values as scratch while it answers for its weights."""

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        weights = super().weights(streams, mask)
        streams.v.data.zero_()
        return weights


class StateOverwrittenInDecoding(Warm):
    """Where no gradient is recorded, the cache that was given is written over."""

    def extend(self, streams: Streams, mask: Mask, state: Cache) -> tuple[Tensor, Cache]:
        mixed, grown = super().extend(streams, mask, state)
        if not torch.is_grad_enabled():
            state["v"].mul_(0.5)
        return mixed, grown


class OutputOverwritten(Warm):
    """Where no gradient is recorded, each call gives the same memory back, filled anew."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        mixed = super().mix(streams, mask)
        if torch.is_grad_enabled():
            return mixed
        kept = vars(self).setdefault("kept", {})
        place = kept.setdefault((mixed.shape, mixed.dtype), torch.empty_like(mixed))
        return place.copy_(mixed)


class OneMaskInPieces(Warm):
    """A mask that holds for all examples is forgotten in going on."""

    def extend(self, streams: Streams, mask: Mask, state: Cache) -> tuple[Tensor, Cache]:
        if mask.keys is not None and len(mask.keys) < len(streams.q):
            mask = dataclasses.replace(mask, keys=None)
        return super().extend(streams, mask, state)


class StateCutOffInTraining(Warm):
    """In training no gradient passes from piece to piece."""

    def extend(self, streams: Streams, mask: Mask, state: Cache) -> tuple[Tensor, Cache]:
        kept = {name: each.detach() for name, each in state.items()} if self.training else state
        return super().extend(streams, mask, kept)


class WeightsDetached(Warm):
    """Weights from which nothing can be learned."""

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        return super().weights(streams, mask).detach()


class WeightsColderInTraining(Warm):
    """Answers for other weights in training than it reads by."""

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        return super().weights(streams.replace(q=2 * streams.q) if self.training else streams, mask)


class WeightsDraw(Warm):
    """Draws a number for its weights that it does not use."""

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        torch.rand(())
        return super().weights(streams, mask)


class SeedsInPieces(Warm):
    """Seeds the generator whenever it goes on behind a state."""

    def extend(self, streams: Streams, mask: Mask, state: Cache) -> tuple[Tensor, Cache]:
        if state["k"].shape[2]:
            torch.manual_seed(0)
        return super().extend(streams, mask, state)


class KeysCountedTwice(Warm):
    """Counts products of values as wide as keys."""

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        matmul_flops = 4 * self.size.h * n * m * self.size.d
        return dataclasses.replace(super().cost(n, m, mask), matmul_flops=matmul_flops)


class PenaltyPerHead(Warm):
    """A penalty for each head."""

    def auxiliary(self) -> Tensor:
        return self.warmth.flatten()


class PenaltyDetached(Warm):
    """A penalty from which nothing is learned."""

    def auxiliary(self) -> Tensor:
        return self.warmth.detach().square().sum()


class PenaltyOfTheFirstCall(Warm):
    """Keeps the penalty of its first call, whose graph is gone when the second one learns."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        weights = super().sound_weights(streams, mask)
        self.kept = vars(self).get("kept", weights.square().mean())
        return weights

    def auxiliary(self) -> Tensor:
        return self.kept


class DenseOverOthers(Summed):
    """Over the keys of another sequence all pairs are scored."""

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        if streams.q.shape[2] != streams.k.shape[2]:
            return self.weights(streams, mask) @ mask.readable(streams.v)
        return super().forward(streams, mask)


class DenseInTraining(Summed):
    """Makes a mask of all pairs in training."""

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        if self.training:
            streams.q.new_ones(streams.q.shape[2], streams.k.shape[2])
        return super().forward(streams, mask)


class DenseInHalf(Summed):
    """Makes a mask of all pairs in half precision."""

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        if streams.q.dtype == torch.bfloat16:
            streams.q.new_ones(streams.q.shape[2], streams.k.shape[2])
        return super().forward(streams, mask)


class HeadsOfKeysCounted(Warm):
    """Counts the exponentials of as many heads as keys have."""

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        other_flops = 6 * self.size.g * n * m
        return dataclasses.replace(super().cost(n, m, mask), other_flops=other_flops)


class DensePrompt(Summed):
    """Makes a mask of all pairs for a piece of several positions."""

    def extend(self, streams: Streams, mask: Mask, state: State) -> tuple[Tensor, State]:
        if streams.q.shape[2] > 1:
            streams.q.new_ones(streams.q.shape[2], streams.q.shape[2])
        return super().extend(streams, mask, state)


class LoopInTraining(Summed):
    """Goes through all former keys for each position, in training."""

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        for i in range(streams.k.shape[2] if self.training else 0):
            streams.k[:, :, :i].sum()
        return super().forward(streams, mask)


CAUGHT: dict[Any, str] = {
    DenseInHalf: "memory_growth",
    DenseInTraining: "memory_growth",
    DenseOverOthers: "memory_growth",
    DensePrompt: "memory_growth",
    HeadsOfKeysCounted: "operations",
    KeysCountedTwice: "flops",
    LoopInTraining: "work_growth",
    MaskOverwritten: "inputs_untouched",
    MatrixForTheFirstHead: "biases_agree",
    NanWhereABiasHidesAll: "dense",
    OneMaskInPieces: "examples_alone",
    OutputOverwritten: "inputs_untouched",
    PenaltyDetached: "penalty",
    PenaltyPerHead: "penalty",
    SeedsInPieces: "undisturbed",
    SlopesDetached: "biases_agree",
    SlopesFromTheEnd: "biases_agree",
    StateCutOffInTraining: "modes",
    StateOverwrittenInDecoding: "inputs_untouched",
    ValuesOverwrittenByWeights: "inputs_untouched",
    WeightsColderInTraining: "modes",
    WeightsDetached: "weights_times_values",
    WeightsDraw: "deterministic",
    WidenedByABias: "shape_and_dtype",
}
