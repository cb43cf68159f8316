"""Maps as other tools take them."""

from jaxtyping import Float
from torch import Tensor

from regard.core.errors import UnsupportedUse
from regard.core.results.lens import Level
from regard.maps.look import Look


def for_bertviz(seen: Look, level: Level = "operator") -> tuple[Float[Tensor, "1 heads n m"], ...]:
    """What BertViz takes as `attention`: `head_view(regard.maps.exports.for_bertviz(look), tokens)`.

    It draws entries from 0 to 1: of maps with others, contributions are the level to take. Raises
    `UnsupportedUse` where a layer has no map of this level.
    """
    return tuple(_map(seen, layer, level).unsqueeze(0) for layer in range(len(seen.layers)))


def for_circuitsvis(seen: Look, layer: int, level: Level = "operator") -> Float[Tensor, "heads n m"]:
    """What CircuitsVis takes: `attention_patterns(tokens=tokens, attention=for_circuitsvis(look, 0))`.

    Raises `UnsupportedUse` where the layer has no map of this level.
    """
    return _map(seen, layer, level)


def _map(seen: Look, layer: int, level: Level) -> Float[Tensor, "heads n m"]:
    found = seen.layers[layer]
    if level not in found.maps:
        reason = found.refused.get(level, "It was not looked at.")
        raise UnsupportedUse(f"Layer {layer} has no map of the level {level}: {reason}")
    return found.maps[level]
