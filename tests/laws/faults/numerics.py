"""Faults of arithmetic: overflow, precision, gradients."""

import torch
from torch import Tensor

from faults.sound import Recurrent, Warm
from regard.attention import Mask, Traits


class NoMaximumSubtracted(Recurrent):
    """Takes exp of the keys as they are: infinite once a key passes 88 (External-Attention's AFT)."""

    def features(self, x: Tensor, mask: Mask) -> Tensor:
        return mask.readable(mask.readable(x).exp())


class AlwaysFloat32(Warm):
    """Computes in float32 and leaves the result there."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        return (self.weights(q, k, mask) @ mask.readable(v)).float()


class KeySized(Warm):
    """Takes for granted that values are as wide as keys."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        mixed = super().forward(q, k, v, mask)
        return torch.cat([mixed, mixed], -1)[..., : q.shape[-1]]


class NormalizerDetached(Recurrent):
    """Cuts the gradient of the normalizer: right outputs, wrong gradients."""

    def divided(self, read: Tensor, mass: Tensor) -> Tensor:
        return super().divided(read, mass.detach())


class StraightArgmax(Warm):
    """Reads the best key only, by its number: no gradient reaches queries, keys or the warmth."""

    traits = Traits(source="this test", time="n^2", memory="n^2")

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        return self.weights(q, k, mask) @ v

    def weights(self, q: Tensor, k: Tensor, mask: Mask) -> Tensor:
        best = super().weights(q, k, mask).argmax(-1)
        return torch.nn.functional.one_hot(best, k.shape[2]).to(q.dtype)


class LastChunkDropped(Recurrent):
    """Works in chunks of eight and forgets the positions that do not fill one."""

    traits = Traits(source="this test", time="n", memory="n", equivariant=False)

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        whole = k.shape[2] // 8 * 8
        return super().forward(q, k[:, :, :whole], v[:, :, :whole], mask)


class RawMemoryRead(Warm):
    """Takes every tensor for contiguous."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Mask) -> Tensor:
        raw = v.as_strided(v.shape, torch.empty(v.shape).stride(), v.storage_offset())
        return super().forward(q, k, raw, mask)
