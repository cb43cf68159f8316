"""Maps as other tools take them."""

from jaxtyping import Float
from torch import Tensor

from regard.core.errors import InvalidOption, UnsupportedUse
from regard.core.results.lens import Level
from regard.maps.look import LayerMaps, Look


def for_bertviz(
    seen: Look, level: Level = "operator", role: str = ""
) -> tuple[Float[Tensor, "1 heads n m"], ...]:
    """What BertViz takes as `attention`, layer by layer: `head_view(for_bertviz(look), tokens)`.

    It draws entries from 0 to 1: of maps with others, contributions are the level to take. role: of a model
    with an encoder and a decoder `encoder`, `decoder` or `cross`, which BertViz takes one by one. Raises
    `InvalidOption` for a role that no layer has, `UnsupportedUse` where a layer has no map of this level.
    """
    roles = dict.fromkeys(layer.call.role for layer in seen.layers)
    if role not in roles:
        raise InvalidOption(f"No layer has the role '{role}'. Choose among {', '.join(map(repr, roles))}.")
    return tuple(_map(layer, level).unsqueeze(0) for layer in seen.layers if layer.call.role == role)


def for_circuitsvis(seen: Look, layer: int, level: Level = "operator") -> Float[Tensor, "heads n m"]:
    """What CircuitsVis takes: `attention_patterns(tokens=tokens, attention=for_circuitsvis(look, 0))`.

    Raises `UnsupportedUse` where the layer has no map of this level.
    """
    return _map(seen.layers[layer], level)


def _map(layer: LayerMaps, level: Level) -> Float[Tensor, "heads n m"]:
    if level not in layer.maps:
        reason = layer.refused.get(level, "It was not looked at.")
        raise UnsupportedUse(f"{layer.call.name} has no map of the level {level}: {reason}")
    return layer.maps[level].detach()
