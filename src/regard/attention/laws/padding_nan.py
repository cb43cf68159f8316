"""Padding that holds NaN: it must be replaced, since zero times NaN is NaN."""

import math
from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw, of_side, replaced, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import paddings
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.laws import Case
from regard.laws.figures import change


@final
class PaddingNan(MechanismLaw):
    """NaN and infinity in the padding, in any stream, reach no output outside it, and no gradient."""

    needs = ("padding",)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(24))
        for place, keys in paddings(2, 24).items():
            for causal in (False, True) if subject.traits.causal else (False,):
                name = f"padding {place}, {'causal' if causal else 'not causal'}"
                for where, figure in _poisoned(mechanism, Mask(keys=keys, causal=causal), keys):
                    yield f"{where}, {name}", figure


def _poisoned(mechanism: Mechanism, mask: Mask, keys: Tensor) -> Iterator[Case]:
    inputs = draw(mechanism, n=24)
    silent = _padded(inputs, keys, 0.0)
    expected = _results(mechanism, silent, mask)
    for poison in (math.nan, math.inf):
        poisoned = _padded(inputs, keys, poison)
        yield f"{poison}", change(_real(mechanism(poisoned, mask), keys), _real(expected["output"], keys))
        # a poisoned query may spoil its own output, which nobody reads, but then its gradient too
        queries = of_side(mechanism, silent, "queries")
        results = _results(mechanism, poisoned.replace(**queries), mask)
        for part, wanted in expected.items():
            yield f"{poison}, {part}", change(results[part], wanted)


def _padded(inputs: Streams[Tensor], keys: Tensor, value: float) -> Streams[Tensor]:
    """The same inputs with one value everywhere in the padding."""
    return replaced(inputs, ~keys, inputs.map(lambda each: torch.full_like(each, value)))


def _real(mixed: Tensor, keys: Tensor) -> Tensor:
    """The outputs at real positions; chosen, since multiplying would keep the NaN."""
    return mixed.transpose(1, 2)[keys]


def _results(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> dict[str, Tensor]:
    """The output and the gradients to streams and parameters."""
    leaves = with_grad(inputs)
    output = mechanism(leaves, mask)
    slopes = gradients(output, mechanism, leaves)
    return {"output": output} | {f"gradient of {name}": slope for name, slope in slopes.items()}
