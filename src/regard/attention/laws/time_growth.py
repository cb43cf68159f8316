"""The claim about time, by the formula for operations."""

from collections.abc import Iterator
from typing import final

from regard.attention.trial.growth import declared_exponent, exponent
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import Case

LENGTHS = (4096, 16384)


@final
class TimeGrowth(MechanismLaw):
    """The formula for operations grows with the length as declared."""

    limit = 0.1

    def measure(self, subject: Subject) -> Iterator[Case]:
        declared = declared_exponent(subject.traits.time, LENGTHS)
        small, large = (subject.build(subject.size(n)).cost(n, n).flops for n in LENGTHS)
        grown = exponent(small, large, LENGTHS)
        yield f"n^{grown:.2f} against {subject.traits.time}", abs(grown - declared)
