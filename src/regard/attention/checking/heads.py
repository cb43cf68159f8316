"""Some heads of several: their streams, their parts of a mask, their parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams


def streams_of(mechanism: Mechanism, streams: Streams[Tensor], heads: Sequence[int]) -> Streams[Tensor]:
    """The streams of some heads, in that order. A stream that all heads share stays as it is."""
    return streams.replace(**{name: getattr(streams, name)[:, heads] for name in _of_heads(mechanism)})


def with_head(
    mechanism: Mechanism, streams: Streams[Tensor], head: int, others: Streams[Tensor]
) -> Streams[Tensor]:
    """The streams with those of one head taken from others. A stream that all heads share stays as it is."""
    chosen = (torch.arange(mechanism.size.h) == head)[:, None, None]
    names = _of_heads(mechanism)
    return streams.replace(
        **{name: torch.where(chosen, getattr(others, name), getattr(streams, name)) for name in names}
    )


def mask_of(mask: Mask, heads: Sequence[int]) -> Mask:
    """The mask with the biases of some heads, in that order; it has a bias for every head, if any."""
    bias = mask.bias
    return replace(
        mask,
        bias=replace(
            bias,
            slopes=None if bias.slopes is None else bias.slopes[heads],
            table=None if bias.table is None else bias.table[heads],
            dense=None if bias.dense is None else bias.dense[..., heads, :, :],
        ),
    )


def split_by_heads(few: Mechanism, many: Mechanism) -> dict[str, int | None] | None:
    """Along which dimension each parameter and buffer has a part for each head, by name; None where all heads
    share it. Of two equal mechanisms of other numbers of heads. None if some tensor cannot be split.
    """
    h, dimensions, others = few.size.h, dict[str, int | None](), many.state_dict()
    for name, tensor in few.state_dict().items():
        one = [each * many.size.h // h for each in tensor.shape]
        differ = [i for i, length in enumerate(others[name].shape) if length != tensor.shape[i]]
        if len(differ) > 1 or any(others[name].shape[i] != one[i] for i in differ):
            return None
        dimensions[name] = differ[0] if differ else None
    return dimensions


def state_of(
    mechanism: Mechanism, dimensions: Mapping[str, int | None], heads: Sequence[int]
) -> dict[str, Tensor]:
    """The parameters and buffers of some heads, in that order."""
    state = {}
    for name, tensor in mechanism.state_dict().items():
        dimension = dimensions[name]
        parts = [tensor] if dimension is None else tensor.chunk(mechanism.size.h, dimension)
        state[name] = tensor if dimension is None else torch.cat([parts[head] for head in heads], dimension)
    return state


def _of_heads(mechanism: Mechanism) -> list[str]:
    return [name for name, declared in mechanism.declared.items() if not declared.shared]
