"""Examples of a batch do not influence one another."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.examples import each_example, one_example
from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks, joined
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.laws import Case
from regard.laws.figures import change

LOUD = 20.0

MINE = 1
"""My place in the batch of three."""

OTHERS: Mapping[str, Callable[[Tensor], Tensor]] = MappingProxyType(
    {
        "hide everything": torch.zeros_like,
        "hide nothing": torch.ones_like,
        "end early": lambda part: part & (torch.arange(part.shape[-1]) < part.shape[-1] // 8),
        "begin late": lambda part: part & (torch.arange(part.shape[-1]) >= part.shape[-1] // 2),
    }
)
"""What becomes of the keys and edges of the other examples."""

NUMBERS: Mapping[str, Callable[[Tensor], Tensor]] = MappingProxyType(
    {
        "have one document and no bias": torch.zeros_like,
        "have many documents and a strong bias": lambda part: (
            5 * part if part.is_floating_point() else torch.arange(part.shape[-1]).expand_as(part)
        ),
    }
)
"""What becomes of the documents and of the dense biases of the other examples."""


@final
class BatchIndependence(MechanismLaw):
    """Whatever the other examples of a batch hold and hide, and where there are none, mine reads the same."""

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build()
        n, inputs = mechanism.size.length, draw(mechanism, b=3)
        loud, alone = inputs.map(_louder), inputs.map(lambda each: each[MINE : MINE + 1])
        masks = declared_masks(mechanism, b=3, n=n)
        if {"keys", "segments"} <= masks.keys():
            masks["keys and segments"] = joined(masks["keys"], masks["segments"])
        for name, mask in masks.items():
            expected = mechanism(inputs, mask)[MINE]
            yield f"{name}, others louder", change(mechanism(loud, mask)[MINE], expected)
            yield f"{name}, alone", change(mechanism(alone, one_example(mask, MINE))[0], expected)
            for what, others in _other_masks(mask).items():
                yield f"{name}, others {what}", change(mechanism(inputs, others)[MINE], expected)
        leaves = with_grad(inputs)
        slopes = gradients(mechanism(leaves)[MINE], mechanism, leaves)
        for stream in leaves.names:
            if stream in slopes:
                leaked = slopes[stream].index_fill(0, torch.tensor([MINE]), 0)
                yield f"my gradient to the others' {stream}", change(leaked, torch.zeros_like(leaked))


def _louder(x: Tensor) -> Tensor:
    """All examples but mine, scaled up."""
    return torch.where(_mine(x), x, LOUD * x)


def _mine(x: Tensor) -> Tensor:
    """Which example is mine, to be compared with a tensor of all."""
    return (torch.arange(len(x)) == MINE).view(-1, *(1,) * (x.ndim - 1))


def _other_masks(mask: Mask) -> dict[str, Mask]:
    """By name: masks that are mine for my example, and other ones for the others."""

    def others_by(how: Callable[[Tensor], Tensor], hides: bool) -> Mask:
        def changed(part: Tensor) -> Tensor:
            return torch.where(_mine(part), part, how(part)) if (part.dtype == torch.bool) == hides else part

        return each_example(mask, changed)

    given = set(mask.parts)
    hiding = OTHERS if given & {"keys", "edges"} else {}
    numbers = NUMBERS if given & {"segments", "dense"} else {}
    cases = {what: others_by(how, hides=True) for what, how in hiding.items()}
    return cases | {what: others_by(how, hides=False) for what, how in numbers.items()}
