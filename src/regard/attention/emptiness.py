"""No sequences, no queries or no keys: what is mixed then is known without the mechanism."""

from itertools import chain
from typing import TYPE_CHECKING, Any

from torch import Tensor

from regard.attention.streams import Streams

if TYPE_CHECKING:
    from regard.attention.mechanism import Mechanism


def is_empty(entry: str, streams: Streams[Tensor]) -> bool:
    """Whether nothing is left to compute. Going on with no sequences still grows a state."""
    shapes = [each.shape for each in streams]
    no_positions = any(shape[2] == 0 for shape in shapes)
    return no_positions or (shapes[0][0] == 0 and entry != "extend")


def mix_nothing(
    mechanism: "Mechanism", entry: str, streams: Streams[Tensor], sizes: tuple[int, int], *state: Any
) -> Any:
    """What an entry gives for streams that are empty: zeros, since a query that may read nothing gives 0.

    Gradients flow, and are 0. No further position leaves the state as it is.
    """
    (n, m), like = sizes, next(iter(streams))
    last = m if entry == "weights" else mechanism.size.e
    mixed = like.new_zeros(len(like), mechanism.size.h, n, last)
    for each in chain(streams, mechanism.parameters()):
        # of an empty slice: a sum over the numbers themselves would pass on a NaN
        mixed = mixed + each.flatten()[:0].sum().to(like.dtype)
    return (mixed, *state) if entry == "extend" else mixed
