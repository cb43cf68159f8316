"""Faults that show only where two conditions meet."""

import dataclasses

import torch
from torch import Tensor

from faults.precisions import without
from faults.sound import Warm
from regard.attention import Mask, Streams
from regard.attention.kernels.scores import per_head


def crosses(streams: Streams, mask: Mask) -> bool:
    """Whether queries of one sequence read keys of another."""
    return streams.q.shape[2] != streams.k.shape[2] and not mask.start


class OthersFutureInFloat32(Warm):
    """Over the keys of another sequence the causal mask is ignored unless float64."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        narrow = streams.q.dtype == torch.float32 and crosses(streams, mask)
        return super().mix(streams, without(mask, "causal") if narrow else mask)


class OthersPaddingInTraining(Warm):
    """In training the padding of another sequence is read."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        reads = self.training and crosses(streams, mask)
        return super().mix(streams, without(mask, "keys") if reads else mask)


class OthersFutureWithoutGradient(Warm):
    """Takes a shorter path where no gradient is recorded, for more queries than keys."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        shorter = not torch.is_grad_enabled() and streams.q.shape[2] > streams.k.shape[2]
        return super().mix(streams, without(mask, "causal") if shorter else mask)


class OthersGradientHalved(Warm):
    """Over fewer keys than queries the gradient of the queries is halved."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        if streams.q.shape[2] > streams.k.shape[2]:
            streams = streams.replace(q=streams.q / 2 + streams.q.detach() / 2)
        return super().mix(streams, mask)


class FutureSeenByTheFastKernel(Warm):
    """Values as wide as keys go through another kernel, which is not told of the causal mask."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams, without(mask, "causal") if self.size.d == self.size.e else mask)


class CacheExchanged(Warm):
    """Where values are as wide as keys, the cache of the one is taken for that of the other."""

    def extend(
        self, streams: Streams, mask: Mask, state: dict[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        if self.size.d == self.size.e and state["k"].shape[2]:
            state = {"k": state["v"], "v": state["k"]}
        return super().extend(streams, mask, state)


class GroupsOfThree(Warm):
    """In groups of three heads values are repeated in another order than keys."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        if self.size.h // streams.v.shape[1] == 3:
            streams = streams.replace(v=streams.v.repeat(1, 3, 1, 1))
        return super().mix(streams, mask)


class GroupsOfOneExample(Warm):
    """With fewer heads of keys, a batch of one example reads the future."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        grouped = streams.k.shape[1] < self.size.h and len(streams.q) == 1
        return super().mix(streams, without(mask, "causal") if grouped else mask)


class GroupsInFloat32(Warm):
    """With fewer heads of keys, float32 takes another path, on which they are repeated in another order."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        group = self.size.h // streams.k.shape[1]
        if group > 1 and streams.q.dtype == torch.float32:
            streams = streams.replace(k=streams.k.repeat(1, group, 1, 1))
        return super().mix(streams, mask)


class SecondLayerSeesTheFuture(Warm):
    """Masks the first layer only."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams, without(mask, "causal") if self.size.layer else mask)


class WindowOfDocumentsInFloat32(Warm):
    """The window is forgotten in documents, unless float64."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        forgets = mask.parts == ("window", "segments") and streams.q.dtype == torch.float32
        return super().mix(streams, without(mask, "window") if forgets else mask)


class WindowOfPaddedWriting(Warm):
    """The window is forgotten where a mask is causal and padded as well."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        forgets = mask.parts == ("causal", "keys", "window")
        return super().mix(streams, without(mask, "window") if forgets else mask)


class PaddingFarOnWithSlopes(Warm):
    """Beyond 64 positions padding is read where there are slopes."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        reads = mask.parts == ("keys", "slopes") and streams.q.shape[2] > 64
        return super().mix(streams, without(mask, "keys") if reads else mask)


class DocumentsInOnePiece(Warm):
    """Takes a document that goes on behind another one for a new one."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        if mask.segments is None:
            return super().mix(streams, mask)
        begins = mask.segments.diff(dim=1, prepend=mask.segments[:, :1]) != 0
        return super().mix(streams, dataclasses.replace(mask, segments=begins.long().cumsum(1)))


class HeadsOfOneExample(Warm):
    """For one example of four heads over another sequence, keys are those of the head's mirror image."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        if len(streams.q) == 1 and self.size.h == 4 and crosses(streams, mask):
            streams = streams.replace(k=per_head(streams.k, 4).flip(1))
        return super().mix(streams, mask)


CAUGHT = {
    CacheExchanged: "any_cut",
    DocumentsInOnePiece: "readable_keys",
    FutureSeenByTheFastKernel: "unread_keys",
    GroupsInFloat32: "rounding",
    GroupsOfOneExample: "unread_keys",
    GroupsOfThree: "weights_times_values",
    HeadsOfOneExample: "weights_times_values",
    OthersFutureInFloat32: "hidden_keys",
    OthersFutureWithoutGradient: "unread_keys",
    OthersGradientHalved: "gradcheck",
    OthersPaddingInTraining: "unread_keys",
    PaddingFarOnWithSlopes: "as_edges",
    SecondLayerSeesTheFuture: "unread_keys",
    WindowOfDocumentsInFloat32: "hidden_keys",
    WindowOfPaddedWriting: "hidden_keys",
}
