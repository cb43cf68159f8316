"""Rollout through the layers of a look, as a view holds it."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

from regard.core.errors import UnsupportedUse
from regard.core.results.lens import MapBlock
from regard.maps.blocks import block_of
from regard.maps.contribution import shares
from regard.maps.look import LayerMaps
from regard.maps.rollout import rollout


def rollouts(layers: Sequence[LayerMaps]) -> list[MapBlock | None]:
    """What each layer reads of the input through all before it: by shares of contributions where every layer
    has them, else by weights. None for layers that have neither, read a second sequence, or have rows of
    weights that do not sum to 1.
    """
    maps = _shared_out(layers)
    if not maps or any(each.shape[0] != each.shape[1] for each in maps):
        return [None] * len(layers)
    try:
        return [block_of(rollout(maps[: i + 1]).unsqueeze(0)) for i in range(len(maps))]
    except UnsupportedUse:
        return [None] * len(layers)


def _shared_out(layers: Sequence[LayerMaps]) -> list[Float[Tensor, "n m"]]:
    """The mean of each layer's heads; empty if not all layers have such a map."""
    if all("contribution" in layer.maps for layer in layers):
        return [shares(layer.maps["contribution"]).mean(0) for layer in layers]
    if all("weights" in layer.maps for layer in layers):
        return [layer.maps["weights"].mean(0) for layer in layers]
    return []
