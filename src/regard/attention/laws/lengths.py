"""Short, odd and long sequences."""

from collections.abc import Iterator
from typing import final

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.laws import Case
from regard.laws.figures import broken_if, change, finite


@final
class Lengths(MechanismLaw):
    """One position, a prime number, whole chunks or more than it was built for: the output is right.

    What declares a fixed length is built for each: that it refuses more, the law on undeclared uses measures.
    """

    def exempt(self, subject: MechanismSubject) -> str | None:
        return "its length is that of the grid" if subject.traits.needs_grid else None

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        usual = subject.build()
        size = usual.size
        for n in (*subject.depth.lengths, 2 * size.length + 1):
            fitting = not subject.traits.fixed_length or n <= size.length
            mechanism = usual if fitting else subject.build(subject.size(n))
            inputs = draw(mechanism, n=n)
            for name, mask in declared_masks(mechanism, n=n).items():
                mixed = mechanism(inputs, mask)
                sound = mixed.shape == (2, size.h, n, size.e) and finite(mixed)
                yield f"length {n}, {name}", broken_if(not sound)
                if subject.traits.weights:
                    expected = mechanism.weights(inputs, mask) @ inputs.v
                    yield f"length {n}, {name}, by the weights", change(mixed, expected)
