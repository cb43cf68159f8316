"""The declared growth of time, by the formula for operations."""

from collections.abc import Iterator
from typing import final

from regard.attention.checking.growth import declared_exponent, exponent
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.laws import Case

LENGTHS = (4096, 16384)


@final
class TimeGrowth(MechanismLaw):
    """The formula for operations grows with the length as declared."""

    limit = 0.1

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        declared = declared_exponent(subject.traits.time, LENGTHS)
        built = [subject.build(subject.size(n)) for n in LENGTHS]
        for causal in (False, True) if subject.traits.causal else (False,):
            mask = Mask(causal=causal)
            small, large = (each.cost(n, n, mask).flops for n, each in zip(LENGTHS, built, strict=True))
            grown = exponent(small, large, LENGTHS)
            name = "causal" if causal else "not causal"
            yield f"{name}, n^{grown:.2f} against {subject.traits.time}", abs(grown - declared)
