"""A sequence cut into pieces, each of which goes on where the one before ended."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from regard.attention.checking.inputs import between
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, State
from regard.attention.streams import Streams


def cuts(n: int, piece: int) -> list[int]:
    """Where pieces of one size begin and end; the last may be shorter."""
    return [*range(0, n, piece), n]


def extended(
    mechanism: Mechanism, streams: Streams[Tensor], mask: Mask, borders: Sequence[int]
) -> tuple[Tensor, list[State]]:
    """What all pieces between the borders read, one behind the other, and the state before each."""
    b = next(iter(streams)).shape[0]
    mixed, states = [], [mechanism.initial_state(b)]
    for start, stop in pairwise(borders):
        output, state = extend_by(mechanism, streams, mask, (start, stop), states[-1])
        mixed.append(output)
        states.append(state)
    return torch.cat(mixed, 2), states


def extend_by(
    mechanism: Mechanism, streams: Streams[Tensor], mask: Mask, piece: tuple[int, int], state: State
) -> tuple[Tensor, State]:
    """What one piece reads, and the state after it; the mask is that of the whole sequence."""
    return mechanism.extend(between(streams, *piece), mask.rows(*piece), state)
