"""Examples of a batch, side by side and one by one: the parts of a mask that differ between them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams


def each_example(mask: Mask, change: Callable[[Tensor], Tensor]) -> Mask:
    """The mask with every part changed that differs from example to example."""
    keys, edges, segments, dense = mask.keys, mask.edges, mask.segments, mask.bias.dense
    return replace(
        mask,
        keys=None if keys is None else change(keys),
        edges=None if edges is None else change(edges),
        segments=None if segments is None else change(segments),
        bias=replace(mask.bias, dense=change(dense)) if dense is not None and dense.ndim == 4 else mask.bias,
    )


def repeated(mask: Mask, times: int) -> Mask:
    """The mask of a batch in which every example stands several times, one beside the other."""
    return each_example(mask, lambda part: part.repeat_interleave(times, 0))


def mixed_together(
    mechanism: Mechanism, several: Sequence[Streams[Tensor]], mask: Mask
) -> tuple[Tensor, ...]:
    """What it gives for each of several inputs under one mask, all in one batch: small calls cost more."""
    joined = {name: torch.stack([getattr(each, name) for each in several], 1) for name in several[0].names}
    inputs = Streams(**joined).map(lambda each: each.flatten(0, 1))
    mixed = mechanism(inputs, repeated(mask, len(several)))
    return mixed.unflatten(0, (-1, len(several))).unbind(1)


def one_example(mask: Mask, place: int) -> Mask:
    """The mask of a single example of a batch."""
    return each_example(mask, lambda part: part[place : place + 1])


def tensors_of(mask: Mask) -> list[Tensor]:
    """The tensors that whoever calls a mechanism has made for a mask."""
    bias = mask.bias
    given = (mask.keys, mask.edges, mask.segments, bias.slopes, bias.table, bias.dense)
    return [each for each in given if each is not None]
