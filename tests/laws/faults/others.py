"""Faults in which the masks of other examples are read."""

import dataclasses

from torch import Tensor

from faults.masks import with_bias
from faults.sound import Summed, Warm
from regard.attention import Mask, Streams


class MeanLength(Warm):
    """Warmer the longer the sequences of a batch are on average."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        real = 1.0 if mask.keys is None else mask.keys.to(streams.q).mean()
        return super().sound_weights(streams.replace(q=streams.q * (1 + real)), mask)


class AsLongAsTheLongest(Summed):
    """Divides by the length of the longest example, which is not its own."""

    def forward(self, streams: Streams, mask: Mask) -> Tensor:
        mixed = super().forward(streams, mask)
        return mixed if mask.keys is None else mixed * mask.keys.sum(1).max() / mask.keys.shape[1]


class DocumentsOfAll(Warm):
    """Numbers documents across the batch, so that some fall together when others have many."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        if mask.segments is None:
            return super().sound_weights(streams, mask)
        most = mask.segments.max().clamp_min(1)
        return super().sound_weights(streams, dataclasses.replace(mask, segments=mask.segments % most))


class BiasAveraged(Warm):
    """Takes the mean of the dense biases of a batch from each."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        dense = mask.bias.dense
        if dense is None or dense.ndim < 4:
            return super().sound_weights(streams, mask)
        return super().sound_weights(streams, with_bias(mask, dense=dense + dense.mean(0)))


class MeanDegree(Warm):
    """Warmer the more edges the graphs of a batch have."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        degree = 1.0 if mask.edges is None else mask.edges.to(streams.q).mean()
        return super().sound_weights(streams.replace(q=streams.q * (1 + degree)), mask)


class LonelyExamples(Warm):
    """Takes the padding of a single example for no padding."""

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        alone = len(streams.q) == 1 and mask.keys is not None
        warm = streams.replace(q=1.1 * streams.q) if alone else streams
        return super().sound_weights(warm, mask)


CAUGHT = dict.fromkeys(
    (AsLongAsTheLongest, BiasAveraged, DocumentsOfAll, LonelyExamples, MeanDegree, MeanLength),
    "batch_independence",
)
