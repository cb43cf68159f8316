"""Which number of a model acts where: for each parameter its source, and the entry of its change."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, final

import torch
from torch import Tensor, nn

from regard.incremental.changes import Channels, RankOne
from regard.incremental.entries import (
    Entry,
    IntoAttentionInput,
    IntoFeedForwardInput,
    IntoLogits,
    IntoMiddle,
    IntoNothing,
    IntoReadoutInput,
    IntoResidual,
    IntoStream,
    mixes_channels_apart,
    values_mixed,
)
from regard.incremental.known import KnownAttention, LinearReadout, Network
from regard.incremental.probing import Probed
from regard.incremental.sources import Gain, Lookup, Offset, Source, Taps, Weight
from regard.incremental.sources.convolution import convolved
from regard.models.convolution import ShortConvolution, silenced
from regard.models.embedding import PatchEmbedding, TokenEmbedding
from regard.models.latent import LatentProjections
from regard.models.positions import Learned
from regard.models.projections import MergedProjections

Toward = Callable[[Channels], Any]


@final
@dataclass(frozen=True, eq=False)
class Rule:
    """For some numbers of a parameter, counted row by row: from `first` on, up to `stop`."""

    source: Source
    toward: Toward
    """From changed channels of the source's module to what comes in at the entry."""
    entry: Entry
    first: int = 0
    stop: int | None = None


Named = Iterator[tuple[str, Rule]]
"""Rules with the names of their parameters."""


def rules_of(network: Network, probed: Sequence[Probed]) -> dict[str, list[Rule]]:
    """The rules of all parameters that have one. probed: what was found of each block's attention."""
    found: dict[str, list[Rule]] = {}
    named = [*_of_embedding(network), *_of_readout(network)]
    for layer in range(network.layers):
        before = IntoAttentionInput(network, layer), IntoMiddle(network, layer)
        named += _of_attention(network, layer, before, probed[layer])
        named += _of_feed_forward(network, layer)
    for name, rule in named:
        found.setdefault(name, []).append(rule)
    return found


def _linear(path: str, inputs: Tensor, toward: Toward, entry: Entry) -> Named:
    yield f"{path}.weight", Rule(Weight(inputs), toward, entry)
    yield f"{path}.bias", _everywhere(inputs, toward, entry)


def _everywhere(inputs: Tensor, toward: Toward, entry: Entry) -> Rule:
    """The rule of a bias."""
    return Rule(Offset(torch.ones_like(inputs[:, 0])), toward, entry)


def _of_embedding(network: Network) -> Named:
    model, batch, entry = network.model, network.batch, IntoResidual(network, 0)
    (b, n, c), device = batch.x.shape, batch.x.device
    toward = partial(_along, torch.eye(c, dtype=batch.x.dtype, device=device))
    places = torch.arange(n, device=device).expand(b, n)
    own = (places >= batch.prefix).flatten()
    if isinstance(model.embed, TokenEmbedding):
        tokens = nn.functional.pad(batch.samples.inputs, (batch.prefix, 0), value=-1)
        yield "embed.table", Rule(Lookup(tokens.flatten(), c), toward, entry)
    if isinstance(model.embed, PatchEmbedding):
        patches = nn.functional.pixel_unshuffle(batch.samples.inputs, model.embed.patch).flatten(2).mT
        padded = nn.functional.pad(patches, (0, 0, batch.prefix, 0)).flatten(0, 1)
        yield "embed.project.weight", Rule(Weight(padded), toward, entry)
        yield "embed.project.bias", Rule(Offset(own.to(padded)), toward, entry)
    if model.class_token is not None:
        yield "class_token.token", Rule(Lookup(-own.long(), c), toward, entry)
    if isinstance(model.positions, Learned):
        yield "positions.table", Rule(Lookup(places.flatten(), c), toward, entry)


def _of_attention(network: Network, layer: int, entries: tuple[Entry, Entry], probed: Probed) -> Named:
    known, path = network.attentions[layer], f"blocks.{layer}"
    into_input, into_middle = entries
    live = torch.ones_like(known.inputs[:, 0]) if known.live is None else known.live
    yield f"{path}.norm_attention.weight", Rule(Gain(known.normalized), _as_it_is, into_input)
    yield f"{path}.norm_attention.bias", Rule(Offset(live), _as_it_is, into_input)
    yield from _of_streams(network, layer, into_middle, probed)
    if known.matrix is not None:
        toward = partial(_along, torch.eye(len(known.matrix)).to(known.matrix))
        yield from _linear(f"{path}.attention.output", known.opened, toward, into_middle)
    if known.gate is not None:
        inputs = known.at_rows(known.inputs)
        yield from _linear(f"{path}.attention.gate", inputs, known.of_gates, into_middle)


def _of_streams(network: Network, layer: int, into_middle: Entry, probed: Probed) -> Named:
    known, path = network.attentions[layer], f"blocks.{layer}.attention"
    convolutions = known.attention.convolutions
    for name, stream in known.attention.mechanism.declared.items():
        if not stream.features:
            continue
        behind: Toward = _as_it_is
        entry: Entry = IntoStream(network, layer, name, probed.apart)
        if name == "v" and mixes_channels_apart(known):
            behind, entry = partial(values_mixed, known), into_middle
        offset = _everywhere(known.inputs, behind, entry)
        if name in probed.unmoved_by:
            offset = _everywhere(known.inputs, _as_it_is, IntoNothing(network))
        toward = behind
        if name in convolutions.names:
            convolution = convolutions.get_submodule(name)
            assert isinstance(convolution, ShortConvolution)
            x = silenced(known.projected[name], known.mask)
            taps = Taps(x, convolution.kernel.shape[1], known.mask.causal)
            yield f"{path}.convolutions.{name}.kernel", Rule(taps, behind, entry)
            yield f"{path}.convolutions.{name}.offset", offset
            toward = partial(_convolved, known, convolution, behind)
            # taps see less of it at the ends of a sequence
            offset = _everywhere(known.inputs, toward, entry)
        yield from _of_projection(known, name, path, Rule(Weight(known.inputs), toward, entry), offset)


def _of_projection(known: KnownAttention, name: str, path: str, weight: Rule, offset: Rule) -> Named:
    """The rules of the matrix and the bias that make one stream, wherever they lie."""
    projections = known.attention.projections
    if isinstance(projections, MergedProjections) and name in projections.names:
        i, c = projections.names.index(name), known.inputs.shape[1]
        first = sum(projections.widths[:i])
        stop, merged = first + projections.widths[i], f"{path}.projections.merged"
        yield f"{merged}.weight", replace(weight, first=first * c, stop=stop * c)
        yield f"{merged}.bias", replace(offset, first=first, stop=stop)
    elif not isinstance(projections, LatentProjections) or hasattr(projections.others, name):
        others = isinstance(projections, MergedProjections | LatentProjections)
        middle = "projections.others" if others else "projections"
        yield f"{path}.{middle}.{name}.weight", weight
        yield f"{path}.{middle}.{name}.bias", offset


def _of_feed_forward(network: Network, layer: int) -> Named:
    known, path = network.feed_forwards[layer], f"blocks.{layer}"
    into_input, behind = IntoFeedForwardInput(network, layer), IntoResidual(network, layer + 1)
    ones = torch.ones_like(known.x[:, 0])
    yield f"{path}.norm_feedforward.weight", Rule(Gain(known.normalized), _as_it_is, into_input)
    yield f"{path}.norm_feedforward.bias", Rule(Offset(ones), _as_it_is, into_input)
    yield from _linear(f"{path}.feedforward.0", known.inputs, known.of_units, behind)
    toward = partial(_along, torch.eye(known.x.shape[1]).to(known.x))
    yield from _linear(f"{path}.feedforward.2", known.hidden, toward, behind)


def _of_readout(network: Network) -> Named:
    readout = network.readout
    if not isinstance(readout, LinearReadout):
        return
    into_input, into_logits = IntoReadoutInput(network, readout), IntoLogits(network, readout)
    toward = partial(_along, readout.matrix.T)
    yield "readout.norm.weight", Rule(Gain(readout.normalized), toward, into_input)
    yield "readout.norm.bias", Rule(Offset(readout.live), toward, into_input)
    yield from _linear("readout.logits", readout.inputs, _as_it_is, into_logits)


def _as_it_is(changes: Channels) -> Channels:
    return changes


def _along(directions: Tensor, changes: Channels) -> RankOne:
    return changes.along(directions)


def _convolved(
    known: KnownAttention, convolution: ShortConvolution, behind: Toward, changes: Channels
) -> Any:
    amounts = changes.amounts if known.live is None else changes.amounts * known.live
    shape = torch.Size((known.b, known.n))
    moved = convolved(Channels(changes.channels, amounts), convolution.kernel, shape, known.mask.causal)
    return behind(moved)
