"""An attention layer whose input is known, or changes: from the residual stream to what its output reads."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.func import functional_call

from regard.attention.mask import Mask
from regard.attention.streams import Streams
from regard.incremental.changes import Channels, RankOne
from regard.incremental.normed_linear import Affine, NormedLinear
from regard.incremental.product import product
from regard.models.attention import Attention
from regard.models.block import Block

NOTHING: Mapping[str, Tensor] = MappingProxyType({})

GATE = "output gate"
"""What the gate is called beside the streams."""


@final
class KnownAttention:
    """Everything between the residual stream before a layer and after its attention.

    Where nothing but some rows of the output are read further on, it ends in these.

    x: the residual stream of b sequences.
    mask: that of the batch.
    rows: which of the b · n positions are read further on; None means all.
    first_alone: whether these are the first positions of the sequences.
    """

    def __init__(
        self,
        block: Block,
        x: Float[Tensor, "b n c"],
        mask: Mask,
        rows: Int64[Tensor, " n"] | None,
        first_alone: bool,
    ) -> None:
        attention = self.attention = block.attention
        self.b, self.n = x.shape[:2]
        self.rows, self.mask = rows, attention.biased(mask)
        self.alone = first_alone and attention.mechanism.traits.cross and not mask.causal
        """Whether queries at other positions need not be asked at all (the law `cross_lengths`)."""
        self.live = None if mask.keys is None else mask.keys.flatten().to(x.dtype)
        self.sides = dict.fromkeys(attention.mechanism.declared.names, mask)
        affine, self.parts = _affine(attention, x)
        self.enter = NormedLinear(block.norm_attention, affine, x.flatten(0, 1), self.live)
        self.normalized = self.enter.normalized
        self.inputs = block.norm_attention(x).flatten(0, 1)
        if self.live is not None:
            self.inputs = self.inputs * self.live.unsqueeze(1)
        self.wide = nn.functional.linear(self.inputs, affine.weight, affine.bias)
        """All streams and the gate side by side (t, o)."""
        self.projected = self._projected(self.wide.unsqueeze(0))
        self.convolved = attention.convolutions(self.projected, self.sides)
        self.streams = Streams(
            **{name: attention.split(name, each, 0) for name, each in self.convolved.items()}
        )
        self.merged = self.mix(self.streams, 1)[0]
        self.gate = self.gates(self.wide)
        self.opened = self.merged if self.gate is None else self.merged * self.gate.sigmoid()
        self.matrix, self.bias = _output(attention, self.opened)
        self.after = self.at_rows(x.flatten(0, 1)) + self.leave(self.opened.unsqueeze(0))[0]

    def at_rows(self, x: Float[Tensor, "*p tokens c"]) -> Float[Tensor, "*p n c"]:
        """Those positions that are read further on."""
        return x if self.rows is None else x[..., self.rows, :]

    def of_wide(self, wide: Float[Tensor, "p tokens out"]) -> Float[Tensor, "p n c"]:
        """What is added to the residual stream, from other streams and gates."""
        k = len(wide)
        mask = repeated(self.mask, k)
        projected = self.attention.convolutions(self._projected(wide), dict.fromkeys(self.sides, mask))
        streams = Streams(**{name: self.attention.split(name, each, 0) for name, each in projected.items()})
        merged = self.mix(streams, k)
        gate = self.gates(wide)
        return self.leave(merged if gate is None else merged.mul_(gate.sigmoid_()))

    def of_inputs(self, changes: Channels) -> Float[Tensor, "p n c"]:
        """The same where a channel of the normalized input changed."""
        return self.of_wide(changes.along(self.enter.affine.weight.T).added_to(self.wide))

    def mix(
        self, streams: Streams[Tensor], k: int, own: Mapping[str, Tensor] = NOTHING
    ) -> Float[Tensor, "p n c"]:
        """What the heads give side by side, for k candidates.

        own: parameters of the mechanism that stand in the place of its own, by name.
        """
        mechanism, mask = self.attention.mechanism, repeated(self.mask, k)
        if self.alone:
            asked = {
                name: getattr(streams, name)[:, :, :1]
                for name, stream in mechanism.declared.items()
                if stream.of == "queries"
            }
            streams, mask = streams.replace(**asked), mask.queries(0, 1)
        mixed = functional_call(mechanism, dict(own), (streams, mask)) if own else mechanism(streams, mask)
        merged = torch.unflatten(self.attention.merge(mixed), 0, (k, self.b)).flatten(1, 2)
        return merged if self.alone else self.at_rows(merged)

    def gates(self, wide: Float[Tensor, "*p tokens out"]) -> Float[Tensor, "*p n c"] | None:
        """What the output's gate reads, before its sigmoid; None where there is no gate."""
        return self.at_rows(wide[..., self.parts[GATE]]) if GATE in self.parts else None

    def of_gates(self, changes: Channels) -> RankOne:
        """What changes in the residual stream where a channel of the output's gate reads something else."""
        assert self.gate is not None
        before, merged = self.gate.T[changes.channels], self.merged.T[changes.channels]
        opened = merged * ((before + changes.amounts).sigmoid() - before.sigmoid())
        return Channels(changes.channels, opened).along(self.directions)

    def behind(self, merged: Float[Tensor, "p n c"]) -> Float[Tensor, "p n c"]:
        """What is added to the residual stream where the heads give something else."""
        return self.leave(merged if self.gate is None else merged * self.gate.sigmoid())

    def leave(self, opened: Float[Tensor, "p n c"]) -> Float[Tensor, "p n c"]:
        """The layer's output projection."""
        return opened if self.matrix is None else product(opened, self.matrix, self.bias)

    @property
    def directions(self) -> Float[Tensor, "c c"]:
        """Along which direction of the residual stream each channel of what the output reads is written."""
        if self.matrix is None:
            return torch.eye(self.opened.shape[1], dtype=self.opened.dtype, device=self.opened.device)
        return self.matrix.T

    def _projected(self, wide: Float[Tensor, "p tokens out"]) -> dict[str, Tensor]:
        sequences = torch.unflatten(wide, 1, (self.b, self.n)).flatten(0, 1)
        return {name: sequences[..., self.parts[name]] for name in self.sides}


def repeated(mask: Mask, k: int) -> Mask:
    """The mask of k times as many sequences."""
    if k == 1 or (mask.keys is None and mask.edges is None):
        return mask
    keys = None if mask.keys is None else mask.keys.repeat(k, 1)
    edges = None if mask.edges is None else mask.edges.repeat(k, 1, 1)
    return replace(mask, keys=keys, edges=edges)


def _affine(attention: Attention, x: Tensor) -> tuple[Affine, dict[str, slice]]:
    """All streams and the gate as one affine map of the layer's input, and where in its output each lies.

    Whatever projections there are, they are asked: what they make of 0, and of one feature after another.
    """
    basis = torch.eye(x.shape[-1] + 1, x.shape[-1], dtype=x.dtype, device=x.device).roll(1, 0)
    asked = attention.project(basis.unsqueeze(0), basis.unsqueeze(0))
    named = {name: asked[name][0] for name in attention.mechanism.declared.names}
    if attention.gate is not None:
        named[GATE] = attention.gate(basis)
    parts, first = {}, 0
    for name, each in named.items():
        parts[name] = slice(first, first + each.shape[1])
        first += each.shape[1]
    answers = torch.cat(list(named.values()), 1)
    return Affine((answers[1:] - answers[0]).T.contiguous(), answers[0]), parts


def _output(attention: Attention, like: Tensor) -> tuple[Tensor | None, Tensor | None]:
    if not isinstance(attention.output, nn.Linear):
        return None, None
    return attention.output.weight, attention.output.bias
