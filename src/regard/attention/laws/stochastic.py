"""What is said to draw random numbers does."""

from collections.abc import Iterator
from typing import final

from regard.attention.checking.chance import built, outcome
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.laws import Case
from regard.laws.figures import broken_if, change


@final
class Stochastic(MechanismLaw):
    """What declares that it is stochastic depends on the seed, when it is built or in training."""

    needs = ("stochastic",)
    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        expected = outcome(built(subject, seed=0), seed=0)
        others = (outcome(built(subject, seed=1), seed=0), outcome(built(subject, seed=0), seed=1))
        moved = [
            change(other[name], expected[name]) > 0
            for other in others
            for name in other.keys() & expected.keys()
        ]
        yield "other seeds build the same and train the same", broken_if(not any(moved))
