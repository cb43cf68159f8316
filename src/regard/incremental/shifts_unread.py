"""Streams to which one vector can be added at all positions without effect, as to the keys of softmax."""

from torch import Tensor

from regard.attention.streams import Streams
from regard.incremental.known import KnownAttention
from regard.incremental.probing import alike, answer, drawn


def shifts_unread(known: KnownAttention) -> frozenset[str]:
    """The streams that can be shifted, behind the short convolution: the layer is asked with streams drawn at
    random, under the mask of the batch, so that whatever reads keys on the way (rotary positions, norms,
    padding) is asked as well.

    Under softmax a shift of all keys by one vector adds to all scores of a query the same.
    """
    # large, so that a mechanism that chooses what it reads chooses something else
    shift = {name: 3 * drawn(each[:1, :1], name, "shift") for name, each in known.convolved.items()}
    streams = {name: drawn(each, name) for name, each in known.convolved.items()}
    expected = _mixed(known, streams)
    return frozenset(
        name
        for name, each in streams.items()
        if alike(_mixed(known, streams | {name: each + shift[name]}), expected)
    )


def _mixed(known: KnownAttention, streams: dict[str, Tensor]) -> Tensor:
    attention = known.attention
    split = Streams(**{name: attention.split(name, each, 0) for name, each in streams.items()})
    return answer(attention.mechanism, split, known.mask)
