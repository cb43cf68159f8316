"""The declared growth of memory: no hidden n x n buffer."""

from collections.abc import Iterator
from dataclasses import replace
from typing import final

import torch

from regard.attention.checking.growth import declared_exponent, exponent
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import paddings
from regard.attention.checking.recorder import LargestTensor
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.traits import Traits
from regard.laws import Case

LENGTHS = (256, 1024)
"""The longer exceeds what a linear mechanism keeps per position, which would hide an n x n buffer."""


@final
class MemoryGrowth(MechanismLaw):
    """The largest intermediate tensor, forward or backward, grows no faster with the length than declared."""

    limit = 0.1

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        declared = declared_exponent(subject.traits.memory, LENGTHS)
        for name, masks in _masks(subject.traits).items():
            small, large = (_largest(subject, mask, n) for n, mask in zip(LENGTHS, masks, strict=True))
            grown = exponent(small, large, LENGTHS)
            yield f"{name}: n^{grown:.2f}, from {small} to {large} numbers", max(grown - declared, 0.0)


def _masks(traits: Traits) -> dict[str, list[Mask]]:
    """By name, the mask at each length."""
    masks = {"no mask": [Mask() for _ in LENGTHS]}
    if traits.causal:
        masks["causal"] = [Mask(causal=True) for _ in LENGTHS]
    if traits.padding:
        masks["padding"] = [Mask(keys=paddings(1, n)["at the end"]) for n in LENGTHS]
    return masks


def _largest(subject: MechanismSubject, mask: Mask, n: int) -> int:
    """Numbers in the largest tensor of one forward and backward pass."""
    # d = e, without which torch's fused kernel is not used at all
    size = replace(subject.size(n, heads=1), value_features=8)
    mechanism = subject.build(size, dtype=torch.float32)
    inputs = with_grad(draw(mechanism, b=1, n=n, dtype=torch.float32))
    with LargestTensor() as recorder:
        torch.autograd.backward(mechanism(inputs, mask).sum())
    return recorder.numbers
