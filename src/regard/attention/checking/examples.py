"""Masks seen example by example: the parts that differ from one to the next."""

from collections.abc import Callable
from dataclasses import replace

from torch import Tensor

from regard.attention.mask import Mask

PARTS = ("keys", "edges", "segments")
"""Parts of a mask of which every example of a batch has its own."""


def each_example(mask: Mask, change: Callable[[Tensor], Tensor]) -> Mask:
    """The mask with every part changed that differs from example to example."""
    changed = {name: change(getattr(mask, name)) for name in PARTS if name in mask.parts}
    dense = mask.bias.dense
    if dense is not None and dense.ndim == 4:
        changed["bias"] = replace(mask.bias, dense=change(dense))
    return replace(mask, **changed)


def repeated(mask: Mask, times: int) -> Mask:
    """The mask of a batch in which every example stands several times, one beside the other."""
    return each_example(mask, lambda part: part.repeat_interleave(times, 0))


def one_example(mask: Mask, place: int) -> Mask:
    """The mask of a single example of a batch."""
    return each_example(mask, lambda part: part[place : place + 1])


def tensors_of(mask: Mask) -> list[Tensor]:
    """The tensors that whoever calls a mechanism has made for a mask."""
    given = (*(getattr(mask, name) for name in PARTS), mask.bias.slopes, mask.bias.table, mask.bias.dense)
    return [each for each in given if each is not None]
