"""Whether heads read by themselves: then one pass serves as many candidates as there are heads."""

import torch
from torch import Tensor

from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.incremental.probing import alike, answer, drawn

SEQUENCES = 2


def heads_apart(mechanism: Mechanism, n: int, mask: Mask) -> bool:
    """Whether the streams of one group of heads change nothing in the others: the mechanism is asked.

    Streams are drawn at random, and those of each group in turn drawn anew, as the law `heads_alone` does.
    mask: that of a batch, of which the causal part and the bias are kept.
    """
    like = next(iter(mechanism.parameters()), torch.empty(0))
    mask = Mask(causal=mask.causal, bias=mask.bias)
    streams, others = _drawn(mechanism, n, 0, like), _drawn(mechanism, n, 1, like)
    expected, h, g = answer(mechanism, streams, mask), mechanism.size.h, mechanism.size.g
    for group in range(g):
        moved = answer(mechanism, _exchanged(streams, others, group, g), mask)
        own = torch.arange(h) // (h // g) == group
        if not alike(torch.where(own[:, None, None], expected, moved), expected):
            return False
    return True


def _exchanged(streams: Streams[Tensor], others: Streams[Tensor], group: int, g: int) -> Streams[Tensor]:
    """The streams with those of one group of heads taken from others. What all heads share stays."""
    found = {}
    for name, stream in streams.items():
        heads = stream.shape[1]
        chosen = torch.arange(heads) // max(1, heads // g) == group if heads > 1 else torch.zeros(1).bool()
        found[name] = torch.where(chosen[:, None, None], getattr(others, name), stream)
    return Streams(**found)


def _drawn(mechanism: Mechanism, n: int, seed: int, like: Tensor) -> Streams[Tensor]:
    shapes = {
        name: (SEQUENCES, mechanism.heads_of(name), n, stream.features)
        for name, stream in mechanism.declared.items()
    }
    return Streams(**{name: drawn(like.new_empty(shape), name, seed) for name, shape in shapes.items()})
