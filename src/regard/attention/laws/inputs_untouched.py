"""No writing into what belongs to the caller."""

from collections.abc import Iterator
from typing import final

from regard.attention.trial.inputs import Inputs, declared_masks, draw
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import Case
from regard.laws.figures import change


@final
class InputsUntouched(MechanismLaw):
    """Queries, keys and values are the same after the call as before."""

    limit = 0.0

    def measure(self, subject: Subject) -> Iterator[Case]:
        size = subject.size()
        mechanism, inputs = subject.build(size), draw(size)
        before = Inputs(*(each.clone() for each in inputs))
        for name, mask in declared_masks(subject.traits, size, 2, size.length, size.length).items():
            mechanism(*inputs, mask)
            for letter, now, then in zip("qkv", inputs, before, strict=True):
                yield f"{letter}, {name}", change(now, then)
