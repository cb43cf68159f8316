"""The weights say what is read."""

from collections.abc import Iterator
from typing import final

from regard.attention.trial.inputs import declared_masks, draw
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import Case


@final
class HiddenWeights(MechanismLaw):
    """The weight of a key that the mask hides from a query is 0."""

    needs = ("weights",)
    limit = 0.0

    def measure(self, subject: Subject) -> Iterator[Case]:
        size = subject.size()
        mechanism, inputs, n = subject.build(size), draw(size), size.length
        for name, mask in declared_masks(subject.traits, size, 2, n, n).items():
            weights, allowed = mechanism.weights(inputs.q, inputs.k, mask), mask.allowed(n, n)
            hidden = weights.masked_fill(allowed, 0) if allowed is not None else 0 * weights
            yield name, hidden.abs().max().item()
