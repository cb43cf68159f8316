"""The declared growth of time, by the formula for operations."""

from collections.abc import Iterator
from typing import final

from regard.attention.checking.growth import declared_exponent, exponent
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.traits import Traits
from regard.laws import Case

LENGTHS = (1024, 4096)
WINDOW = 100


@final
class TimeGrowth(MechanismLaw):
    """The formula for operations grows with the length as declared, under every mask no faster."""

    limit = 0.1

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        declared = declared_exponent(subject.traits.time, LENGTHS)
        built = [subject.build(subject.size(n)) for n in LENGTHS]
        for name, mask in _masks(subject.traits).items():
            small, large = (each.cost(n, n, mask).flops for n, each in zip(LENGTHS, built, strict=True))
            grown = exponent(small, large, LENGTHS)
            # a window lets a form skip most pairs
            off = max(grown - declared, 0.0) if mask.window else abs(grown - declared)
            yield f"{name}, n^{grown:.2f} against {subject.traits.time}", off


def _masks(traits: Traits) -> dict[str, Mask]:
    """By name: parts of a mask that can be given without a tensor for each length."""
    masks = {"not causal": Mask()}
    if traits.causal:
        masks["causal"] = Mask(causal=True)
    if traits.window:
        masks["window"] = Mask(window=WINDOW)
    if traits.causal and traits.window:
        masks["causal and window"] = Mask(causal=True, window=WINDOW)
    return masks
