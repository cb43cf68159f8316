"""The formula for parameters."""

from collections.abc import Iterator
from typing import final

from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import Case


@final
class ParameterCount(MechanismLaw):
    """The formula counts the parameters that the mechanism has."""

    limit = 0.0

    def measure(self, subject: Subject) -> Iterator[Case]:
        for heads in (1, 3):
            size = subject.size(heads=heads)
            mechanism = subject.build(size)
            counted = sum(parameter.numel() for parameter in mechanism.parameters())
            formula = mechanism.cost(size.length, size.length).parameters
            yield f"heads {heads}: {counted} counted, {formula} by formula", float(abs(counted - formula))
