"""A stream of a mechanism: one channel of one head."""

from functools import cached_property
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.incremental.changes import Channels, RankOne
from regard.incremental.entries.entry import Entry
from regard.incremental.known import KnownAttention, Network
from regard.incremental.packs import Packs, packed
from regard.incremental.scoring import Losses


@final
class IntoStream(Entry):
    """A change of one channel of a stream, behind the short convolution.

    Where heads read by themselves, one pass of the mechanism serves a candidate in each head, and each of
    them only changes what its own head gives to the output.

    apart: whether they do.
    """

    def __init__(self, network: Network, layer: int, name: str, apart: bool) -> None:
        super().__init__(network)
        self.layer, self.name = layer, name
        self.known = network.attentions[layer]
        stream = getattr(self.known.attention.mechanism.declared, name)
        self.width = self.known.convolved[name].shape[2]
        heads = self.width // stream.features
        self.groups = heads if apart and not stream.shared else 1
        """Parts of the stream that act apart."""
        where = "one head" if self.groups > 1 else "all heads"
        self.words = f"{where} mixed anew, then from the feed-forward layer of block {layer} on"

    def losses(self, changes: Channels) -> Losses:
        packs = packed(changes.channels // (self.width // self.groups))
        merged = mixed_anew(self.known, self.name, changes, packs)
        if self.groups == 1:
            return self.network.from_heads(self.layer, merged[packs.of])
        return self.network.from_middle_dense(self.layer, self._alone(merged, packs))

    def _alone(self, merged: Float[Tensor, "m n c"], packs: Packs) -> Float[Tensor, "p n c"]:
        """The residual stream behind the attention where each candidate changed the heads of one group."""
        split = (self.groups, merged.shape[2] // self.groups)
        own = torch.unflatten(merged, 2, split)[packs.of, :, packs.groups]
        if self.known.gate is not None:
            own = own * torch.unflatten(self.known.gate.sigmoid(), 1, split).transpose(0, 1)[packs.groups]
        without, directions = self._parts
        return torch.baddbmm(without[packs.groups], own, directions[packs.groups])

    @cached_property
    def _parts(self) -> tuple[Float[Tensor, "g n c"], Float[Tensor, "g w c"]]:
        """For each group the residual stream behind the attention without what its heads give, and along
        which directions they give it.
        """
        split = (self.groups, self.known.opened.shape[1] // self.groups)
        directions = torch.unflatten(self.known.directions, 0, split)
        given = torch.unflatten(self.known.opened, 1, split).transpose(0, 1) @ directions
        return self.known.after - given, directions

    @property
    def cost(self) -> float:
        return self.network.costs.from_stream(self.layer, self.groups)

    @property
    def numbers(self) -> int:
        return self.network.numbers(self.layer)


def mixed_anew(known: KnownAttention, name: str, changes: Channels, packs: Packs) -> Float[Tensor, "m n c"]:
    """What the heads give side by side, for each pack, where channels of a stream changed."""
    m = packs.count
    before = known.convolved[name].flatten(0, 1)
    moved = before.expand(m, -1, -1).clone()
    moved[packs.of, :, changes.channels] += changes.amounts
    split = known.attention.split(name, torch.unflatten(moved, 1, (known.b, known.n)).flatten(0, 1), 0)
    others = {other: each.repeat(m, 1, 1, 1) for other, each in known.streams.items() if other != name}
    return known.mix(known.streams.replace(**others, **{name: split}), m)


def values_mixed(known: KnownAttention, changes: Channels) -> RankOne:
    """What changes in the residual stream behind the attention where a channel of the values changed.

    The output is a matrix times the values, so that no other channel of it changes, and one pass of the
    mechanism serves a candidate in each channel.
    """
    packs = packed(changes.channels)
    merged = mixed_anew(known, "v", changes, packs)
    amounts = merged[packs.of, :, changes.channels] - known.merged.T[changes.channels]
    if known.gate is not None:
        amounts = amounts * known.gate.sigmoid().T[changes.channels]
    return Channels(changes.channels, amounts).along(known.directions)


def mixes_channels_apart(known: KnownAttention) -> bool:
    """Whether a channel of the values changes nothing but the same channel of the output."""
    attention = known.attention
    size, declared = attention.size, attention.mechanism.declared
    own = "v" in declared and not declared.v.shared and known.convolved["v"].shape[2] == size.h * size.e
    return own and attention.mechanism.traits.weights and attention.output_norm is None
