"""What a mechanism approximates, it reaches."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import final

from torch import Tensor

from regard.attention.mask import Mask
from regard.attention.scores import safe_softmax, scaled_scores
from regard.attention.trial.inputs import Inputs, declared_masks, draw
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import Case
from regard.laws.figures import relative_error

GENTLE = 0.6
"""Scale of queries and keys: random features need exponentially many where these are large."""

RISE = 1.05
"""How much an error may rise from one setting to the next and still not count as rising."""


@final
class ExactLimit(MechanismLaw):
    """Toward its limit a mechanism comes ever nearer to softmax attention, and at it as near as declared."""

    needs = ("limit",)
    limit = 1.0

    def measure(self, subject: Subject) -> Iterator[Case]:
        size, near = replace(subject.size(24), length=24), subject.traits.limit_error
        drawn = draw(size)
        inputs = Inputs(GENTLE * drawn.q, GENTLE * drawn.k, drawn.v)
        settings = [mechanism.double().eval() for mechanism in subject.part.toward_softmax(size)]
        for name, mask in declared_masks(subject.traits, size, 2, size.length, size.length).items():
            exact = _softmax(inputs, mask)
            errors = [relative_error(mechanism(*inputs, mask), exact) for mechanism in settings]
            yield f"{name}, error {errors[-1]:.1e} at the limit", errors[-1] / near
            for before, after in itertools.pairwise(errors):
                # below the declared error only rounding is left to rise
                yield f"{name}, error rises to {after:.1e}", after / max(RISE * before, near)


def _softmax(inputs: Inputs, mask: Mask) -> Tensor:
    return safe_softmax(scaled_scores(inputs.q, inputs.k, mask)) @ mask.readable(inputs.v)
