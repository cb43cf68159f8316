"""The seed, and nothing else, decides what is drawn."""

from collections.abc import Iterator
from typing import final

from regard.attention.checking.chance import Outcome, built, outcome
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.laws import Case
from regard.laws.figures import broken_if, change


@final
class Seeds(MechanismLaw):
    """Equal seeds of torch give equal mechanisms and outputs; what is not stochastic depends on no seed."""

    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        # built anew each time: what is counted in training is no chance
        expected = outcome(built(subject, seed=0), seed=0)
        yield from _apart("differs with equal seeds", expected, outcome(built(subject, seed=0), seed=0))
        if not subject.traits.stochastic:
            where = "depends on a seed, and stochastic is not declared"
            yield from _apart(where, expected, outcome(built(subject, seed=1), seed=0))
            yield from _apart(where, expected, outcome(built(subject, seed=0), seed=1))


def _apart(where: str, expected: Outcome, found: Outcome) -> Iterator[Case]:
    for name in sorted(expected.keys() | found.keys()):
        there = name in expected and name in found
        yield f"{name} {where}", change(found[name], expected[name]) if there else broken_if(True)
