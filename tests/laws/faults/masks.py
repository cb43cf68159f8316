"""Faults in the other parts of the mask, and in the bias."""

import dataclasses
from typing import Any

from torch import Tensor

from faults.sound import Warm
from regard.attention import Mask, Streams, Traits


class EdgesIgnored(Warm):
    """Accepts edges and reads everything."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams, dataclasses.replace(mask, edges=None))


class EdgesTransposed(Warm):
    """Reads along the edges in the wrong direction."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        if mask.edges is None or streams.q.shape[2] != streams.k.shape[2]:
            return super().mix(streams, mask)
        return super().mix(streams, dataclasses.replace(mask, edges=mask.edges.mT))


class WindowOneTooWide(Warm):
    """Reads one key too far on each side."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        wide = mask if mask.window is None else dataclasses.replace(mask, window=mask.window + 1)
        return super().mix(streams, wide)


class WindowOneTooNarrow(Warm):
    """Reads one key too few on each side."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        narrow = dataclasses.replace(mask, window=mask.window - 1) if mask.window else mask
        return super().mix(streams, narrow)


class SegmentsIgnored(Warm):
    """Reads across the borders of documents."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams, dataclasses.replace(mask, segments=None))


class StartIgnored(Warm):
    """Takes a query behind a cache for position 0."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams, dataclasses.replace(mask, start=0))


class SlopesIgnored(Warm):
    """Accepts slopes and adds no bias."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        return super().mix(streams, with_bias(mask, slopes=None))


class SlopesReward(Warm):
    """Adds the distance where it is to be subtracted."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        slopes = mask.bias.slopes
        return super().mix(streams, mask if slopes is None else with_bias(mask, slopes=-slopes))


class TableMirrored(Warm):
    """Takes key j minus query i for query i minus key j."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        table = mask.bias.table
        return super().mix(streams, mask if table is None else with_bias(mask, table=table.flip(-1)))


class TableWithoutGradient(Warm):
    """Adds the table as a constant, so that no model learns it."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        table = mask.bias.table
        return super().mix(streams, mask if table is None else with_bias(mask, table=table.detach()))


class DenseTransposed(Warm):
    """Adds what belongs to the pair (i, j) to the pair (j, i)."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        dense = mask.bias.dense
        if dense is None or streams.q.shape[2] != streams.k.shape[2]:
            return super().mix(streams, mask)
        return super().mix(streams, with_bias(mask, dense=dense.mT))


class MasksSwallowed(Warm):
    """Declares no mask, and takes every one without a word (lucidrains' linformer, HF's interface)."""

    traits = Traits(source="this test", time="n^2", memory="n^2")


def _swallowed(self: Warm, streams: Streams, mask: Mask = Mask()) -> Tensor:
    return Warm.forward(self, streams, Mask())


class WeightsNotGuarded(Warm):
    """Refuses in `forward` what it does not declare, and answers in `weights`."""

    traits = dataclasses.replace(Warm.traits, window=False, edges=False)


class ExtendNotGuarded(Warm):
    """Refuses in `forward` what it does not declare, and goes on under it in `extend`."""

    traits = dataclasses.replace(Warm.traits, window=False)


class TiesNotGuarded(Warm):
    """Gives its only relative's setting to whoever asks for another."""


class StateNotGuarded(Warm):
    """Gives a state to start from, and cannot go on."""

    traits = dataclasses.replace(Warm.traits, streaming=False)


def _weighed(self: Warm, streams: Streams, mask: Mask) -> Tensor:
    return self.sound_weights(streams, mask)


def _extended(self: Warm, streams: Streams, mask: Mask, state: Any) -> Any:
    return streams.v, state


# set behind the back of the class, which guards the entries that it defines
MasksSwallowed.forward = _swallowed
WeightsNotGuarded.weights = _weighed
ExtendNotGuarded.extend = _extended
TiesNotGuarded.toward = classmethod(lambda cls, name, size: cls.__base__.toward("softmax", size))
StateNotGuarded.initial_state = lambda self, b, device=None: {}


def with_bias(mask: Mask, **changed: Any) -> Mask:
    """The same mask with parts of its bias changed."""
    return dataclasses.replace(mask, bias=dataclasses.replace(mask.bias, **changed))
