"""What is said not to read itself does not."""

from collections.abc import Iterator
from typing import final

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.laws import Case


@final
class ReadsItself(MechanismLaw):
    """Where a query does not read itself, a single position gives 0."""

    def exempt(self, subject: MechanismSubject) -> str | None:
        return "reads itself" if subject.traits.reads_itself else None

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(8))
        yield "one position", mechanism(draw(mechanism, n=1)).abs().max().item()
