"""Zero times NaN is NaN: padding must be cut off, not multiplied away."""

import math
from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.trial.gradients import gradients
from regard.attention.trial.inputs import Inputs, draw, paddings
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import Case
from regard.laws.figures import change


@final
class PaddingNan(MechanismLaw):
    """NaN and infinity in the padding reach no output outside it, and no gradient."""

    needs = ("padding",)

    def measure(self, subject: Subject) -> Iterator[Case]:
        size = subject.size(24)
        mechanism, inputs = subject.build(size), draw(size, n=24)
        for place, keys in paddings(2, 24).items():
            for causal in (False, True) if subject.traits.causal else (False,):
                mask, silent = Mask(keys=keys, causal=causal), _padded(inputs, keys, 0.0)
                expected = _results(mechanism, silent, mask)
                for poison in (math.nan, math.inf):
                    name = f"{poison}, padding {place}, {'causal' if causal else 'not causal'}"
                    poisoned = _padded(inputs, keys, poison)
                    yield (
                        name,
                        change(_real(mechanism(*poisoned, mask), keys), _real(expected["output"], keys)),
                    )
                    # a poisoned query may spoil its own output, which nobody reads, but then its gradient too
                    results = _results(mechanism, poisoned.with_queries(silent.q), mask)
                    for part, wanted in expected.items():
                        yield f"{name}, {part}", change(results[part], wanted)


def _padded(inputs: Inputs, keys: Tensor, value: float) -> Inputs:
    """The same inputs with one value everywhere in the padding."""
    return inputs.replaced(~keys, Inputs(*(torch.full_like(each, value) for each in inputs)))


def _real(mixed: Tensor, keys: Tensor) -> Tensor:
    """The outputs at real positions; chosen, since multiplying would keep the NaN."""
    return mixed.transpose(1, 2)[keys]


def _results(mechanism: Mechanism, inputs: Inputs, mask: Mask) -> dict[str, Tensor]:
    """The output and the gradients to inputs and parameters."""
    leaves = inputs.with_grad()
    output = mechanism(*leaves, mask)
    slopes = gradients(output, mechanism, leaves)
    return {"output": output} | {f"gradient of {name}": slope for name, slope in slopes.items()}
