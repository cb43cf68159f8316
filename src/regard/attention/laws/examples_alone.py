"""A batch gives what each of its examples gives alone."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.pieces import cuts, extended
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.laws import Case
from regard.laws.figures import change
from regard.laws.trying import trying

N = 24


@final
class ExamplesAlone(MechanismLaw):
    """Each example of a batch gives what it gives alone, gradients included; one mask may hold for all."""

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(N))
        for b in subject.depth.batches:
            inputs = with_grad(draw(mechanism, b=b, n=N))
            for name, mask in declared_masks(mechanism, b=b, n=N).items():
                with trying(f"b = {b}, {name}"):
                    for where, figure in _apart(mechanism, inputs, mask, b):
                        yield f"b = {b}, {name}, {where}", figure


def _apart(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask, b: int) -> Iterator[Case]:
    together = mechanism(inputs, mask)
    alone = [mechanism(_example(inputs, i), _of_example(mask, i)) for i in range(b)]
    yield "alone", change(torch.cat(alone), together)
    expected = gradients(together, mechanism, inputs)
    for leaf, slope in gradients(torch.cat(alone), mechanism, inputs).items():
        yield f"alone, gradient of {leaf}", change(slope, expected[leaf])
    first = _of_example(mask, 0)
    for use, mixed in _uses(mechanism, mask).items():
        each = [mixed(_example(inputs, i), first) for i in range(b)]
        yield f"the mask of the first for all{use}", change(mixed(inputs, first), torch.cat(each))


def _uses(mechanism: Mechanism, mask: Mask) -> dict[str, Callable[[Streams[Tensor], Mask], Tensor]]:
    """All at once, and where it streams in pieces."""
    uses: dict[str, Callable[[Streams[Tensor], Mask], Tensor]] = {"": mechanism}
    if mechanism.traits.streaming and mask.causal and not mask.start:
        uses[", in pieces"] = lambda inputs, mask: extended(mechanism, inputs, mask, cuts(N, N // 3))[0]
    return uses


def _example(streams: Streams[Tensor], i: int) -> Streams[Tensor]:
    return streams.map(lambda each: each[i : i + 1])


def _of_example(mask: Mask, i: int) -> Mask:
    """The mask of one example, as a batch of one."""

    def own(part: Tensor | None) -> Tensor | None:
        return None if part is None else part[i : i + 1]

    bias = replace(mask.bias, dense=own(mask.bias.dense))
    return replace(mask, keys=own(mask.keys), edges=own(mask.edges), segments=own(mask.segments), bias=bias)
