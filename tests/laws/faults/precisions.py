"""Faults that float64 does not show."""

import dataclasses

import torch
from torch import Tensor
from torch.nn.functional import elu

from faults.sound import Gated, State, Summed, Warm
from regard.attention import Mask, Streams
from regard.attention.kernels.scores import per_head, safe_softmax, scaled_scores


def without(mask: Mask, *parts: str) -> Mask:
    """The mask with some parts forgotten."""
    nothing = {"causal": False, "keys": None, "window": None, "segments": None, "edges": None}
    return dataclasses.replace(mask, **{part: nothing[part] for part in parts})


class CausalInFloat64Alone(Warm):
    """Reads the future in every precision but float64."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        exact = streams.q.dtype == torch.float64
        return super().mix(streams, mask if exact else without(mask, "causal"))


class PaddingSeenInHalf(Warm):
    """Reads the padding in bfloat16."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        half = streams.q.dtype == torch.bfloat16
        return super().mix(streams, without(mask, "keys") if half else mask)


class SegmentsForgottenUnderAutocast(Warm):
    """Takes another path under autocast, on which documents read one another."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        on = torch.is_autocast_enabled("cpu")
        return super().mix(streams, without(mask, "segments") if on else mask)


class HiddenByTenThousand(Warm):
    """Hides keys by a score of -1e4, which loud keys exceed."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        q, k = self.warmth * streams.q, streams.k
        bias = Mask(start=mask.start, bias=mask.bias)
        scores, allowed = scaled_scores(q, k, bias, self.size), mask.allowed(q.shape[2], k.shape[2])
        if allowed is None:
            return scores.softmax(-1)
        return scores.masked_fill(~allowed, -1e4).softmax(-1) * allowed.any(-1, keepdim=True)


class MaximumOverPadding(Summed):
    """Subtracts the largest key, hidden ones included, before exp: in float32 all others vanish."""

    def features(self, x: Tensor, mask: Mask) -> Tensor:
        return mask.readable((x - x.detach().amax((2, 3), keepdim=True)).exp())


class MaximumOverHiddenScores(Warm):
    """Subtracts each row's largest score before it hides any: right, until a hidden one is far above."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        q, k = self.warmth * streams.q, streams.k
        bias = Mask(start=mask.start, bias=mask.bias)
        scores = scaled_scores(q, k, bias, self.size)
        shares = (scores - scores.detach().amax(-1, keepdim=True)).exp()
        allowed = mask.allowed(*shares.shape[2:])
        shares = shares if allowed is None else shares.masked_fill(~allowed, 0)
        total = shares.sum(-1, keepdim=True)
        return shares / total.masked_fill(total == 0, 1)


class BfloatInside(Warm):
    """Mixes in bfloat16 whatever is narrower than float64."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        if streams.q.dtype == torch.float64:
            return super().mix(streams, mask)
        weights = self.sound_weights(streams, mask).bfloat16()
        v = per_head(mask.readable(streams.v), self.size.h)
        return (weights @ v.bfloat16()).to(streams.v.dtype)


class HalfInWeightsAlone(Warm):
    """Its reference is computed in half precision, when asked in float32."""

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        sound = super().weights(streams, mask)
        return sound if sound.dtype == torch.float64 else sound.half().to(sound.dtype)


class GradientRoundedInFloat32(Summed):
    """Its backward pass goes through float16, in float32 only."""

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        mixed = super().forward(streams, mask)
        if mixed.requires_grad and mixed.dtype == torch.float32:
            mixed.register_hook(lambda slope: slope.half().float())
        return mixed


class StateInHalf(Summed):
    """Keeps its sums in bfloat16 from piece to piece, unless they are float64."""

    def extend(self, streams: Streams, mask: Mask, state: State) -> tuple[Tensor, State]:
        mixed, after = super().extend(streams, mask, state)
        if mixed.dtype == torch.float64:
            return mixed, after
        return mixed, (after[0].bfloat16().to(mixed.dtype), after[1].bfloat16().to(mixed.dtype))


class DoubledInHalf(Gated):
    """Takes the wrong scale in half precision."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        half = streams.q.dtype in (torch.bfloat16, torch.float16)
        return super().mix(streams.replace(q=2 * streams.q) if half else streams, mask)


class CountedInHalf(Summed):
    """Sums in the precision of the streams and of the counts: in half precision the mass stops growing."""

    def divided(self, read: Tensor, mass: Tensor) -> Tensor:
        if mass.dtype in (torch.bfloat16, torch.float16):
            mass = mass.clamp_max(16)
        return super().divided(read, mass)


class ExtendRefusesHalf(Summed):
    """Goes on with a state in float32, which no product with streams in bfloat16 allows."""

    def extend(self, streams: Streams, mask: Mask, state: State) -> tuple[Tensor, State]:
        own = mask.since_start
        a, b, v = elu(streams.q) + 1, self.features(streams.k, own), own.readable(streams.v)
        memory = state[0].to(torch.promote_types(v.dtype, torch.float32))
        read = a.to(v) @ memory
        return self.read(a, b, v, (state[0].to(v), state[1].to(v)))[0] + 0 * read, self._after(b, v, state)

    def _after(self, b: Tensor, v: Tensor, state: State) -> State:
        return state[0].to(v) + b.mT @ v, state[1].to(v) + b.sum(2)


class AutocastMixesTypes(Warm):
    """Writes weights, which autocast has made narrow, into a tensor of the streams' own type."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        weights, v = self.sound_weights(streams, mask), per_head(mask.readable(streams.v), self.size.h)
        out = torch.empty(*weights.shape[:3], v.shape[-1], dtype=v.dtype)
        return (
            torch.baddbmm(
                torch.zeros_like(out).flatten(0, 1), weights.flatten(0, 1), v.flatten(0, 1)
            ).view_as(out)
            if mask.keys is None
            else torch.index_add(out.zero_(), 0, torch.arange(len(out)), weights @ v)
        )


class TooLargeForHalf(Warm):
    """Hides by -1e9, which float16 cannot hold."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        if streams.q.dtype != torch.float16 or mask.keys is None:
            return super().mix(streams, mask)
        scores = scaled_scores(self.warmth * streams.q, streams.k, without(mask, "keys"), self.size)
        weights = safe_softmax(scores.masked_fill(~mask.keys[:, None, None], -1e9))
        return weights @ per_head(mask.readable(streams.v), self.size.h)
