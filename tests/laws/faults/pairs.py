"""Faults under two parts of a mask at once, in mechanisms that have no `weights` to compare with."""

import dataclasses

import torch
from torch import Tensor

from faults.masks import with_bias
from faults.sound import Warm
from regard.attention import Mask, Streams
from regard.attention.kernels.scores import per_head, scaled_scores


class Blind(Warm):
    """The same without weights."""

    traits = dataclasses.replace(Warm.traits, weights=False)


class Exchanged(Blind):
    """The same, under another mask than the one that is given."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams, self.exchanged(mask))

    def exchanged(self, mask: Mask) -> Mask:
        """The mask that is really honored."""
        raise NotImplementedError


class SegmentsForgottenWithEdges(Exchanged):
    """Edges are taken for all that is hidden."""

    def exchanged(self, mask: Mask) -> Mask:
        return mask if mask.edges is None else dataclasses.replace(mask, segments=None)


class WindowForgottenBehindAStart(Exchanged):
    """With a start the window is left out."""

    def exchanged(self, mask: Mask) -> Mask:
        return dataclasses.replace(mask, window=None) if mask.start else mask


class CausalForgottenInSegments(Exchanged):
    """Documents are read whole."""

    def exchanged(self, mask: Mask) -> Mask:
        return mask if mask.segments is None else dataclasses.replace(mask, causal=False)


class EdgesForgottenWithSlopes(Exchanged):
    """A graph with a bias is read as if it were complete."""

    def exchanged(self, mask: Mask) -> Mask:
        return mask if mask.bias.slopes is None else dataclasses.replace(mask, edges=None)


class WindowHalvedWhenCausal(Exchanged):
    """A causal window is half as wide as it should be."""

    def exchanged(self, mask: Mask) -> Mask:
        if mask.window is None or not mask.causal:
            return mask
        return dataclasses.replace(mask, window=mask.window // 2)


class PaddingGrowsInSegments(Exchanged):
    """With documents, the key before a hidden one is hidden too."""

    def exchanged(self, mask: Mask) -> Mask:
        if mask.keys is None or mask.segments is None:
            return mask
        return dataclasses.replace(mask, keys=mask.keys & mask.keys.roll(-1, 1))


class EdgesBothWays(Exchanged):
    """A causal graph needs an edge in both directions."""

    def exchanged(self, mask: Mask) -> Mask:
        if mask.edges is None or not mask.causal or mask.edges.shape[1] != mask.edges.shape[2]:
            return mask
        return dataclasses.replace(mask, edges=mask.edges & mask.edges.mT)


class Scoring(Blind):
    """The same, with a softmax of its own."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        scores = scaled_scores(self.warmth * streams.q, streams.k, mask, self.size)
        return self.normalized(scores, mask) @ per_head(mask.readable(streams.v), self.size.h)

    def normalized(self, scores: Tensor, mask: Mask) -> Tensor:
        """Weights, right but for some masks."""
        raise NotImplementedError


class UniformInEmptyWindows(Scoring):
    """Where a window holds nothing but padding, all is read."""

    def normalized(self, scores: Tensor, mask: Mask) -> Tensor:
        empty = (scores == -torch.inf).all(-1, keepdim=True)
        weights = scores.masked_fill(empty, 0).softmax(-1)
        return weights if mask.window is not None else weights.masked_fill(empty, 0)


class OwnKeyInEmptyDocuments(Scoring):
    """Where a document is all padding, its queries read something after all."""

    def normalized(self, scores: Tensor, mask: Mask) -> Tensor:
        empty = (scores == -torch.inf).all(-1, keepdim=True)
        weights = scores.masked_fill(empty, 0).softmax(-1)
        return weights if mask.segments is not None else weights.masked_fill(empty, 0)


class GradientLostWhenCausalAndEmpty(Scoring):
    """A row without keys gives 0 and spoils the gradient of all, where the mask is causal."""

    def normalized(self, scores: Tensor, mask: Mask) -> Tensor:
        empty = (scores == -torch.inf).all(-1, keepdim=True)
        safe = scores if mask.causal else scores.masked_fill(empty, 0)
        return (safe.softmax(-1) * self.warmth / self.warmth.detach()).masked_fill(empty, 0)


class ScaledByTheEdges(Blind):
    """Warmer where edges are given, as if hiding by edges were something else than hiding."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        warm = streams if mask.edges is None else streams.replace(q=1.5 * streams.q)
        return super().mix(warm, mask)


class BiasOfADocument(Blind):
    """Within documents no dense bias is added."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams, mask if mask.segments is None else with_bias(mask, dense=None))


CAUGHT = {
    BiasOfADocument: "as_edges",
    CausalForgottenInSegments: "hidden_keys",
    EdgesBothWays: "readable_keys",
    EdgesForgottenWithSlopes: "hidden_keys",
    GradientLostWhenCausalAndEmpty: "fully_masked_rows",
    OwnKeyInEmptyDocuments: "fully_masked_rows",
    PaddingGrowsInSegments: "readable_keys",
    ScaledByTheEdges: "as_edges",
    SegmentsForgottenWithEdges: "hidden_keys",
    UniformInEmptyWindows: "fully_masked_rows",
    WindowForgottenBehindAStart: "hidden_keys",
    WindowHalvedWhenCausal: "readable_keys",
}
