"""The shell builds no projection for what is not read."""

from collections.abc import Iterator
from typing import final

from regard.attention.trial.inputs import draw
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import ROUNDING, Case
from regard.laws.figures import broken_if, change


@final
class Reads(MechanismLaw):
    """Of queries, keys and values, those declared as read change the output, and the others do not."""

    def measure(self, subject: Subject) -> Iterator[Case]:
        size = subject.size()
        mechanism, inputs, others = subject.build(size), draw(size), draw(size, seed=1)
        expected = mechanism(*inputs)
        for letter in "qkv":
            changed = change(mechanism(*inputs._replace(**{letter: getattr(others, letter)})), expected)
            if letter in subject.traits.reads:
                yield f"{letter} is declared but not read", broken_if(changed < ROUNDING)
            else:
                yield f"{letter} is read but not declared", changed
