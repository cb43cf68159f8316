"""Causality: sequences that end early."""

from collections.abc import Iterator
from typing import final

from regard.attention.checking.inputs import draw, first
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.laws import Case
from regard.laws.figures import change


@final
class CausalityCut(MechanismLaw):
    """Ending a sequence early changes nothing up to there."""

    needs = ("causal",)

    def exempt(self, subject: MechanismSubject) -> str | None:
        return "its length is that of the grid" if subject.traits.needs_grid else super().exempt(subject)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        n = max(subject.depth.lengths) + 1
        mechanism = subject.build(subject.size(n))
        inputs = draw(mechanism, n=n)
        expected = mechanism(inputs, Mask(causal=True))
        for cut in subject.depth.lengths:
            mixed = mechanism(first(inputs, cut), Mask(causal=True))
            yield f"ended at {cut}", change(mixed, expected[:, :, :cut])
