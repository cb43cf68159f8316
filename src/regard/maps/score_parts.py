"""What made a score: how much each head, feed-forward layer and embedding before it adds to it."""

from dataclasses import dataclass
from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.bases.scored import Scored
from regard.attention.bases.softmax_read import SoftmaxRead
from regard.attention.kernels.scores import per_head
from regard.attention.mask import Mask
from regard.attention.streams import Streams
from regard.core.errors import UnsupportedUse
from regard.maps.layers import captured_layers
from regard.models import Attention, Transformer
from regard.models.block import Block

Parts = dict[str, Float[Tensor, "1 n c"]]
"""What wrote the residual stream: by name, what it has added to every position."""


@final
@dataclass(frozen=True, eq=False)
class ScoreParts:
    """The scores of one layer, taken apart by what wrote the queries and what wrote the keys."""

    names: tuple[str, ...]
    """Of the parts: the embedding; all heads, feed-forward layers and biases before this layer; the biases of
    its own norm and projections."""
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
    parts = _written(model, layer, given)
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
    mechanism = attention.mechanism
    if not isinstance(mechanism, Scored | SoftmaxRead) or attention.norms or attention.convolutions.names:
        message = f"The scores of {mechanism.name} in this layer are no sums of what was written before."
        raise UnsupportedUse(message)


def _written(model: Transformer, layer: int, given: tuple[Any, ...]) -> Parts:
    """What wrote the residual stream in front of a layer: it sums to the stream."""
    starts: list[Tensor] = []
    forward: list[Tensor] = []
    blocks = [block for block in model.blocks if isinstance(block, Block)]
    handles = [blocks[0].register_forward_pre_hook(lambda _, given: starts.append(given[0]))]
    handles += [each.feedforward.register_forward_hook(lambda _, __, x: forward.append(x)) for each in blocks]
    try:
        with captured_layers(model) as calls:
            model(*given)
    finally:
        for handle in handles:
            handle.remove()
    parts = {"embedding": starts[0]}
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
