"""Masks seen example by example: the parts that differ from one to the next."""

from collections.abc import Callable
from dataclasses import replace

from torch import Tensor

from regard.attention.mask import Mask


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


def one_example(mask: Mask, place: int) -> Mask:
    """The mask of a single example of a batch."""
    return each_example(mask, lambda part: part[place : place + 1])


def tensors_of(mask: Mask) -> list[Tensor]:
    """The tensors that whoever calls a mechanism has made for a mask."""
    bias = mask.bias
    given = (mask.keys, mask.edges, mask.segments, bias.slopes, bias.table, bias.dense)
    return [each for each in given if each is not None]
