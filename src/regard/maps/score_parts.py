"""What made a score: how much each head, feed-forward layer and embedding before it adds to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from regard.attention.bases.scored import Scored
from regard.attention.bases.softmax_read import SoftmaxRead
from regard.attention.capture import Captured
from regard.attention.kernels.scores import per_head
from regard.attention.mask import Mask
from regard.attention.streams import Streams
from regard.core.errors import UnsupportedUse
from regard.maps.layers import LayerCall, captured_layers
from regard.maps.look import called
from regard.models import Attention, Transformer
from regard.models.block import Block

ROUNDED = 1e-4
"""Weights that differ by no more are the same."""

Parts = dict[str, Float[Tensor, "1 n c"]]
"""What wrote the residual stream: by name, what it has added to every position."""


@final
@dataclass(frozen=True, eq=False)
class ScoreParts:
    """The scores of one layer, taken apart by what wrote the queries and what wrote the keys."""

    names: tuple[str, ...]
    """Of the parts: the embedding, or the token and its position where one is added; all heads, feed-forward
    layers and biases before this layer; the biases of its own norm and projections."""
    queries: Float[Tensor, "parts h n d"]
    keys: Float[Tensor, "parts h m d"]
    temperature: float

    def of(self, head: int, i: int, j: int) -> Float[Tensor, "parts parts"]:
        """What a part of the query (rows) and a part of the key (columns) add to one score together."""
        return self.queries[:, head, i] @ self.keys[:, head, j].mT / self.temperature

    @property
    def by_key(self) -> Float[Tensor, "parts h n m"]:
        """What each part of the keys adds to every score."""
        return self.queries.sum(0) @ self.keys.mT / self.temperature

    def at(
        self, head: int, rows: Int64[Tensor, " cells"], columns: Int64[Tensor, " cells"]
    ) -> Float[Tensor, "cells 2 parts"]:
        """What each part of the query, and what each part of the key, adds to some of the scores."""
        q, k = self.queries[:, head, rows], self.keys[:, head, columns]
        sides = torch.stack([q * k.sum(0), q.sum(0) * k]).sum(-1)
        return sides.permute(2, 0, 1) / self.temperature


@torch.no_grad()
def score_parts(model: nn.Module, layer: int, *given: Any) -> ScoreParts:
    """Those of one layer, for a model in evaluation mode that is called with one example.

    The residual stream is a sum, and the way from it to queries and keys is linear once the scale of its norm
    is held: so the parts of a score sum to it exactly (Elhage et al. 2021, A Mathematical Framework for
    Transformer Circuits). Raises `UnsupportedUse` for a model or a layer of which that is not so.
    """
    if not isinstance(model, Transformer):
        raise UnsupportedUse(f"The residual stream of {type(model).__name__} is not known part by part.")
    block = model.blocks[layer]
    assert isinstance(block, Block)
    _refuse(block.attention)
    with captured_layers(model) as calls:
        parts = _written(model, layer, given, calls)
    if not _are_inner_products(calls[layer].call):
        raise _no_sums(block.attention)
    whole = torch.stack([*parts.values()]).sum(0)
    bias = _streams(block.attention, block.norm_attention.bias.expand_as(whole))
    nothing = _streams(block.attention, torch.zeros_like(whole))
    read = [_streams(block.attention, _normalized(block.norm_attention, x, whole)) for x in parts.values()]
    h = block.attention.size.h
    return ScoreParts(
        names=(*parts, "norm and projection"),
        queries=torch.stack([*(each.q[0] - nothing.q[0] for each in read), bias.q[0]]),
        keys=per_head(torch.stack([*(each.k[0] - nothing.k[0] for each in read), bias.k[0]]), h),
        temperature=block.attention.size.temperature,
    )


def _refuse(attention: Attention) -> None:
    """Raise `UnsupportedUse` unless scores are inner products of what is linear in the layer's input."""
    if attention.norms:
        raise _no_sums(attention, ": queries and keys are normalized")
    if attention.convolutions.names:
        raise _no_sums(attention, ": a short convolution lies between")
    if not isinstance(attention.mechanism, Scored | SoftmaxRead):
        raise _no_sums(attention)


def _are_inner_products(call: Captured) -> bool:
    """Whether a call's weights are made of plain inner products of its queries and keys."""
    mechanism = call.mechanism
    if isinstance(mechanism, Scored):
        return type(mechanism).score is Scored.score
    assert isinstance(mechanism, SoftmaxRead)
    if not mechanism.traits.weights:
        return False
    return torch.allclose(call.weights(), mechanism.softmax_weights(call.streams, call.mask), atol=ROUNDED)


def _no_sums(attention: Attention, reason: str = "") -> UnsupportedUse:
    name = attention.mechanism.name
    return UnsupportedUse(
        f"The scores of {name} in this layer are no sums of what was written before{reason}."
    )


def _written(model: Transformer, layer: int, given: tuple[Any, ...], calls: Sequence[LayerCall]) -> Parts:
    """What wrote the residual stream in front of a layer: it sums to the stream.

    calls: where those of this pass come to be.
    """
    placed: list[tuple[Tensor, Tensor]] = []
    starts: list[Tensor] = []
    forward: list[Tensor] = []
    blocks = [block for block in model.blocks if isinstance(block, Block)]
    handles = [blocks[0].register_forward_pre_hook(lambda _, given: starts.append(given[0]))]
    handles.append(
        model.positions.register_forward_hook(lambda _, given, x: placed.append((given[0], x - given[0])))
    )
    handles += [each.feedforward.register_forward_hook(lambda _, __, x: forward.append(x)) for each in blocks]
    try:
        called(model, given)
    finally:
        for handle in handles:
            handle.remove()
    ((token, position),) = placed
    parts = {"token": token, "position": position} if position.any() else {"embedding": starts[0]}
    biases = torch.zeros_like(starts[0])
    for place, (call, added) in enumerate(zip(calls[:layer], forward[:layer], strict=True)):
        heads = torch.einsum(
            "bhne,bhnec->bhnc", call.mixed, call.ways.expand(-1, -1, call.mixed.shape[2], -1, -1)
        )
        parts |= {f"layer {place}, head {head}": x for head, x in enumerate(heads.unbind(1))}
        parts[f"layer {place}, feed-forward"] = added
        biases = biases + call.output - heads.sum(1)
    return parts | {"biases": biases}


def _normalized(norm: nn.LayerNorm, x: Tensor, whole: Tensor) -> Float[Tensor, "1 n c"]:
    """A part of what is normalized, with the scale of the whole and without the bias."""
    scale = (whole.var(-1, correction=0, keepdim=True) + norm.eps).rsqrt()
    return (x - x.mean(-1, keepdim=True)) * scale * norm.weight


def _streams(attention: Attention, x: Float[Tensor, "1 n c"]) -> Streams[Tensor]:
    """The queries and keys of a layer whose norm gave x."""
    with captured_layers(attention) as calls:
        attention(x, mask=Mask())
    return calls[0].call.streams
