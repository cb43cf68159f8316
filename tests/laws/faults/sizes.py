"""Faults that two heads of eight features, in batches of two or three, do not show."""

import dataclasses
import math

import torch
from torch import Tensor

from faults.precisions import without
from faults.sound import Gated, State, Summed, Warm, Weighed
from regard.attention import Cost, Mask, Streams
from regard.attention.kernels.scores import masked_scores, per_head, safe_softmax


class OneHeadReadsAll(Warm):
    """With a single head the causal mask is squeezed away."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams, without(mask, "causal") if self.size.h == 1 else mask)


class WarmerAlone(Weighed):
    """Scores of a single head are multiplied by 2, which the reference does as well."""

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        alone = 2 if self.size.h == 1 else 1
        return super().weights(streams.replace(q=alone * streams.q), mask)


class OneExampleUnmasked(Warm):
    """Takes the padding of a single example for that of none."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        one = mask.keys is not None and len(streams.q) == 1
        return super().mix(streams, without(mask, "keys") if one else mask)


class OneMaskForTheFirst(Warm):
    """A mask that holds for all examples is taken for that of the first."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        keys, b = mask.keys, len(streams.q)
        if keys is not None and len(keys) < b:
            everything = torch.ones(b - 1, keys.shape[1], dtype=torch.bool)
            mask = dataclasses.replace(mask, keys=torch.cat([keys, everything]))
        return super().mix(streams, mask)


class FourHeadsAtMost(Warm):
    """A table of heads with room for three: from the fourth on they share the last one's keys."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        head = torch.arange(self.size.h).clamp_max(2)
        return super().mix(streams.replace(k=per_head(streams.k, self.size.h)[:, head]), mask)


class FourthHeadUnmasked(Warm):
    """From the fourth head on, padding is read."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        masked = super().mix(streams, mask)
        if self.size.h < 4:
            return masked
        return torch.cat([masked[:, :3], super().mix(streams, without(mask, "keys"))[:, 3:]], 1)


class FourthHeadColder(Weighed):
    """From the fourth head on, scores are halved, in the reference as well."""

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        half = torch.ones(self.size.h, 1, 1).to(streams.q)
        half[3:] = 0.5
        return super().weights(streams.replace(q=half * streams.q), mask)


class OddFeatureDropped(Weighed):
    """Splits the features of queries and keys into two halves, and leaves an odd one over."""

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        left_over = torch.arange(self.size.d, device=streams.q.device) >= self.size.d // 2 * 2
        return super().weights(streams.replace(q=streams.q.masked_fill(left_over, 0)), mask)


class OddFeatureReadsAll(Warm):
    """Falls back to another path for an odd number of features, on which the window is forgotten."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams, without(mask, "window") if self.size.d % 2 else mask)


class OddValuesHalved(Warm):
    """Mixes an odd number of value features in another path, which scores at half the warmth."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams.replace(q=streams.q / 2) if self.size.e % 2 else streams, mask)


class BatchOfFourAtMost(Warm):
    """Examples from the fifth on read the first one's keys."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        example = torch.arange(len(streams.k))
        return super().mix(streams.replace(k=streams.k[example % 4]), mask)


class FifthExampleUnmasked(Summed):
    """The padding of the fifth example is read."""

    def features(self, x: Tensor, mask: Mask) -> Tensor:
        if mask.keys is None or len(mask.keys) < 5:
            return super().features(x, mask)
        keys = torch.cat([mask.keys[:4], torch.ones_like(mask.keys[4:])])
        return super().features(x, dataclasses.replace(mask, keys=keys))


class ScaledForEight(Weighed):
    """Divides by the root of 8, whatever the features and the scale."""

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        scores = self.warmth * streams.q @ per_head(mask.readable(streams.k), self.size.h).mT / math.sqrt(8)
        return safe_softmax(masked_scores(scores, mask))


class ScaleSquared(Weighed):
    """Divides by d, whatever scale was asked for."""

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        return super().weights(streams.replace(q=streams.q * self.size.temperature / self.size.d), mask)


class ScaleDividedTwice(Gated):
    """A scale that was asked for is divided by the root of d once more; it has neither weights nor bias."""

    traits = dataclasses.replace(Gated.traits, weights=False, slopes=False, table=False, dense=False)

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        once = 1 if self.size.scale is None else self.size.d**-0.5
        return super().mix(streams.replace(q=once * streams.q), mask)


class TwoHeadsCounted(Warm):
    """Counts the products of two heads."""

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        d, e = self.size.d, self.size.e
        return dataclasses.replace(super().cost(n, m, mask), matmul_flops=4 * n * m * (d + e))


class OthersOfTwoHeads(Warm):
    """Counts the exponentials of two heads."""

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        return dataclasses.replace(super().cost(n, m, mask), other_flops=12 * n * m)


class StateOfTwoHeads(Summed):
    """Keeps sums for two heads, and says so."""

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        d, e = self.size.d, self.size.e
        return dataclasses.replace(super().cost(n, m, mask), state_numbers=2 * d * (e + 1))


class EightFeaturesCounted(Warm):
    """Counts products of eight features, whatever the keys have."""

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        matmul_flops = 2 * self.size.h * n * m * (8 + self.size.e)
        return dataclasses.replace(super().cost(n, m, mask), matmul_flops=matmul_flops)


class StateOfTheFirstExamples(Summed):
    """Goes on from the state of the first four examples, in larger batches too."""

    def extend(self, streams: Streams, mask: Mask, state: State) -> tuple[Tensor, State]:
        example = torch.arange(len(streams.q)) % 4
        return super().extend(streams, mask, (state[0][example], state[1][example]))


class SecondHalfForgotten(Weighed):
    """Of 64 features it reads the first 32 twice."""

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        if self.size.d != 64:
            return super().weights(streams, mask)
        return super().weights(streams.replace(q=streams.q[..., :32].repeat(1, 1, 1, 2)), mask)


class WiderValuesCut(Warm):
    """Values wider than keys lose what is beyond."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        mixed = super().mix(streams, mask)
        beyond = torch.arange(self.size.e, device=mixed.device) >= self.size.d
        return mixed.masked_fill(beyond, 0)
