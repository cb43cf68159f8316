"""Several parts of a mask at once: what they hide together is hidden."""

from collections.abc import Iterator
from typing import final

from regard.attention.checking.combinations import BATCH, allowed_pairs, combined_masks, lengths
from regard.attention.checking.influence import influence
from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.laws import Case

LOUD = 4.0


@final
class HiddenKeys(MechanismLaw):
    """A key that any one of several parts of a mask hides from a query changes nothing in its output.

    Under every pair of the parts declared and under all at once, each key in turn.
    """

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        for n, m in lengths(subject.traits):
            mechanism = subject.build(subject.size(m))
            inputs = draw(mechanism, b=BATCH, n=n, m=m)
            others = draw(mechanism, seed=1, b=BATCH, n=n, m=m).map(lambda each: LOUD * each)
            yield f"n = {n}, m = {m}, no mask", 0.0
            for name, mask in combined_masks(mechanism, n, m).items():
                hidden = ~allowed_pairs(mask, n, m).unsqueeze(1)
                seen = influence(mechanism, inputs, others, mask).where(hidden, 0)
                yield f"n = {n}, m = {m}, {name}", seen.max().item()
