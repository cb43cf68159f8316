"""What a layer hands to its mechanism."""

from typing import Any

from torch import Tensor

from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.models.attention import Attention


class _Handed(Exception):
    """Ends a pass where the mechanism would begin: what it computes costs time and is not asked for."""

    def __init__(self, streams: Streams[Tensor], mask: Mask) -> None:
        super().__init__()
        self.streams, self.mask = streams, mask


def handed(layer: Attention, x: Tensor) -> dict[str, Tensor]:
    """The streams with numbers, by name, and `slopes` where the mask has them, of one pass over x."""

    def stop(mechanism: Mechanism, given: tuple[Any, ...]) -> None:
        raise _Handed(*given)

    hook = layer.mechanism.register_forward_pre_hook(stop)
    try:
        layer(x)
    except _Handed as given:
        streams = {name: each for name, each in given.streams.items() if each.numel()}
        slopes = given.mask.bias.slopes
        return streams if slopes is None else streams | {"slopes": slopes}
    finally:
        hook.remove()
    raise AssertionError("a layer calls its mechanism")
