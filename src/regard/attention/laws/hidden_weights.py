"""Weights of keys that the mask hides."""

from collections.abc import Iterator
from typing import final

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.laws import Case


@final
class HiddenWeights(MechanismLaw):
    """The weight of a key that the mask hides from a query is 0."""

    needs = ("weights",)
    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build()
        for n, m in ((90, 90), (20, 40), (40, 20)) if subject.traits.cross else ((90, 90),):
            inputs = draw(mechanism, n=n, m=m)
            for name, mask in declared_masks(mechanism, n=n, m=m).items():
                weights, allowed = mechanism.weights(inputs, mask), mask.allowed(n, m)
                hidden = weights.masked_fill(allowed, 0) if allowed is not None else 0 * weights
                yield f"n = {n}, m = {m}, {name}", hidden.abs().max().item()
