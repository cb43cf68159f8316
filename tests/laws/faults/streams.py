"""Faults in what is read besides queries, keys and values, in groups of heads, and in forms."""

from torch import Tensor

from faults.sound import Gated, Warm
from regard.attention import Mask, Stream, Streams


class StrengthReadAtTheQuery(Gated):
    """Reads the strength of the query's own position in place of its gate."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        if streams.q.shape[2] != streams.k.shape[2]:
            return super().mix(streams, mask)
        strength = streams.strength.expand_as(streams.gate)
        return super().mix(streams.replace(gate=streams.gate + strength), mask)


class GateReadAtTheKey(Gated):
    """Lets every key pass through the gate of the query at its place."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        if streams.q.shape[2] != streams.k.shape[2]:
            return super().mix(streams, mask)
        opened = streams.strength + streams.gate.mean(1, keepdim=True)
        return super().mix(streams.replace(strength=opened), mask)


class HeadsInterleaved(Warm):
    """Gives query head i the key head i modulo g, where neighbors form a group."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        group = self.size.h // streams.k.shape[1]
        k, v = (x.repeat(1, group, 1, 1) for x in (streams.k, streams.v))
        return super().mix(streams.replace(k=k, v=v), mask)


class TempersInterleaved(Warm):
    """A warmth per group of heads, repeated in another order than keys and values."""

    def streams(self) -> Streams:
        return super().streams().replace(temper=Stream(1, of="queries", grouped=True))

    def sound_weights(self, streams: Streams, mask: Mask) -> Tensor:
        temper = streams.temper.repeat(1, self.size.h // streams.temper.shape[1], 1, 1)
        return super().sound_weights(streams.replace(q=streams.q * temper.sigmoid()), mask)


class FormDiffers(Gated):
    """Its form in blocks is a little louder."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        if self.form_for(streams, mask) == "plain":
            return super().mix(streams, mask)
        return super().mix(streams, mask) * 1.001


class GradientOfAFormDiffers(Gated):
    """Its form in blocks gives the right numbers, and no gradient to the gate."""

    def mix(self, streams: Streams, mask: Mask) -> Tensor:
        blocks = self.form_for(streams, mask) == "blocks"
        return super().mix(streams.replace(gate=streams.gate.detach()) if blocks else streams, mask)
