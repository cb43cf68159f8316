"""The declared growth of memory: no hidden n x n buffer."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, final

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from regard.attention.checking.combinations import combined_masks
from regard.attention.checking.examples import one_example, tensors_of
from regard.attention.checking.growth import declared_exponent, exponent
from regard.attention.checking.inputs import between, draw, first, with_grad
from regard.attention.checking.largest_tensor import LargestTensor
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.laws import Case

LENGTHS = (256, 1024)
"""The longer exceeds what a linear mechanism keeps per position, which would hide an n x n buffer."""

SHORT = (64, 256)
"""Where n x n is declared, there is less to hide."""

FEW = ("no mask", "causal")
"""Masks under which other uses are tried."""

Largest = dict[str, int]
"""Numbers in the largest tensor, by the use in which it was made."""


@final
class MemoryGrowth(MechanismLaw):
    """The largest intermediate tensor grows no faster with the length than declared, whatever the mask.

    Forward and backward, in training and half precision too, under each pair of a mask's parts, reading half
    as many keys, going on by many positions, and by one, where it may be as large as the state. A mask given
    as n x n is the caller's, and what the mechanism keeps or learns is no intermediate.
    """

    limit = 0.1

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        lengths = SHORT if subject.traits.memory == "n^2" else LENGTHS
        declared = declared_exponent(subject.traits.memory, lengths)
        # d = e, without which torch's fused kernel is not used at all
        sizes = [replace(subject.size(n, heads=1), value_features=8) for n in lengths]
        built = [subject.build(size, dtype=torch.float32) for size in sizes]
        small, large = (_all_at_once(each, n) for each, n in zip(built, lengths, strict=True))
        allowed = declared
        if subject.traits.memory in ("n w", "n r"):
            # as long as sequences are shorter than the window, it is they that grow
            formula = [each.cost(n, n, Mask()).flops for each, n in zip(built, lengths, strict=True)]
            allowed = max(declared, exponent(formula[0], formula[1], lengths))
        yield from _cases(small, large, allowed, lengths)
        if subject.traits.streaming:
            small, large = (_going_on(each, n) for each, n in zip(built, lengths, strict=True))
            states = [each.cost(1, n, Mask()).state_numbers for each, n in zip(built, lengths, strict=True)]
            kept = exponent(states[0], states[1], lengths)
            yield from _cases(small, large, max(kept, declared - 1), lengths)


def _cases(small: Largest, large: Largest, allowed: float, lengths: tuple[int, int]) -> Iterator[Case]:
    for name, numbers in small.items():
        grown = exponent(numbers, large[name], lengths)
        yield f"{name}: n^{grown:.2f}, from {numbers} to {large[name]} numbers", max(grown - allowed, 0.0)


def _all_at_once(mechanism: Mechanism, n: int) -> Largest:
    """Under every mask, of one forward and backward pass; under few, in other uses."""
    inputs = with_grad(draw(mechanism, b=1, n=n, dtype=torch.float32))
    masks = {"no mask": Mask()} | combined_masks(mechanism, n, n)
    singles = {name: one_example(mask, 0) for name, mask in masks.items()}
    largest = {name: _of_call(mechanism, inputs, mask) for name, mask in singles.items()}
    few = {name: mask for name, mask in singles.items() if name in FEW}
    trained, halved = copy.deepcopy(mechanism).train(), copy.deepcopy(mechanism).bfloat16()
    in_half = with_grad(inputs.map(Tensor.bfloat16))
    for name, mask in few.items():
        largest[f"{name}, in training"] = _of_call(trained, inputs, mask)
        largest[f"{name}, in bfloat16"] = _of_call(halved, in_half, mask)
    if mechanism.traits.cross:
        fewer = with_grad(draw(mechanism, b=1, n=n, m=n // 2, dtype=torch.float32))
        for name, mask in few.items():
            largest[f"{name}, over half as many keys"] = _of_call(mechanism, fewer, mask)
    if mechanism.traits.streaming:
        mask, state = Mask(causal=True), mechanism.initial_state(1)
        largest["all as one piece"] = _largest(mechanism, mask, lambda: mechanism.extend(inputs, mask, state))
    return largest


def _of_call(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> int:
    return _largest(mechanism, mask, lambda: torch.autograd.backward(mechanism(inputs, mask).sum()))


def _going_on(mechanism: Mechanism, n: int) -> Largest:
    """Of one position behind n - 1 others."""
    inputs, causal = draw(mechanism, b=1, n=n, dtype=torch.float32), Mask(causal=True)
    _, state = mechanism.extend(first(inputs, n - 1), causal.rows(0, n - 1), mechanism.initial_state(1))
    # copied, since a view would count with all that it is a view of
    last, mask = between(inputs, n - 1, n).map(torch.clone), causal.rows(n - 1, n)
    state = pytree.tree_map(lambda part: part.clone() if isinstance(part, torch.Tensor) else part, state)
    return {"going on": _largest(mechanism, mask, lambda: mechanism.extend(last, mask, state))}


def _largest(mechanism: Mechanism, mask: Mask, use: Callable[[], Any]) -> int:
    with LargestTensor(*tensors_of(mask), *mechanism.parameters(), *mechanism.buffers()) as recorder:
        use()
    return recorder.numbers
