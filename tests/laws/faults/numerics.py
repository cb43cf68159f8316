"""Faults of arithmetic: overflow, precision, gradients."""

import torch
from torch import Tensor

from faults.sound import Summed, Warm
from regard.attention import Mask, Streams, Traits
from regard.attention.kernels.scores import per_head, safe_softmax, scaled_scores


class NoMaximumSubtracted(Summed):
    """Takes exp of the keys as they are: infinite once a key passes 88 (External-Attention's AFT)."""

    def features(self, x: Tensor, mask: Mask) -> Tensor:
        return mask.readable(mask.readable(x).exp())


class AlwaysFloat32(Warm):
    """Computes in float32 and leaves the result there."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams, mask).float()


class KeySized(Warm):
    """Takes for granted that values are as wide as keys."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        mixed = super().mix(streams, mask)
        return torch.cat([mixed, mixed], -1)[..., : self.size.d]


class NarrowPlaces(Warm):
    """Counts positions in the precision of the streams: in bfloat16 there is no 257 (rotary positions)."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        k, m = streams.k, streams.k.shape[2]
        places = torch.arange(m, dtype=k.dtype)
        nearness = -(places - places[mask.start : mask.start + streams.q.shape[2], None]).abs()
        scores = scaled_scores(self.warmth * streams.q, k, mask, self.size) + nearness
        return safe_softmax(scores) @ per_head(mask.readable(streams.v), self.size.h)


class NormalizerDetached(Summed):
    """Cuts the gradient of the normalizer: right outputs, wrong gradients."""

    def divided(self, read: Tensor, mass: Tensor) -> Tensor:
        return super().divided(read, mass.detach())


class StraightArgmax(Warm):
    """Reads the best key only, by its number: no gradient reaches queries, keys or the warmth."""

    traits = Traits(source="this test", time="n^2", memory="n^2")

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return self.weights(streams, mask) @ streams.v

    def weights(self, streams: Streams, mask: Mask) -> Tensor:
        best = self.sound_weights(streams, mask).argmax(-1)
        return torch.nn.functional.one_hot(best, streams.k.shape[2]).to(streams.q.dtype)


class LastChunkDropped(Summed):
    """Works in chunks of eight and forgets the positions that do not fill one."""

    traits = Traits(source="this test", time="n", memory="n", equivariant=False, cross=True)

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        whole = streams.k.shape[2] // 8 * 8
        return super().forward(streams.replace(k=streams.k[:, :, :whole], v=streams.v[:, :, :whole]), mask)


class RawMemoryRead(Warm):
    """Takes every tensor for contiguous whose numbers lie in memory once each."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        v = streams.v if streams.v.stride(0) else streams.v.contiguous()
        raw = v.as_strided(v.shape, torch.empty(v.shape).stride(), v.storage_offset())
        return super().mix(streams.replace(v=raw), mask)
