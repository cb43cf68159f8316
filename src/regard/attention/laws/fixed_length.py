"""What is said to be built for one length is."""

from collections.abc import Iterator
from dataclasses import replace
from typing import final

from torch import Tensor

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.laws import ROUNDING, Case
from regard.laws.figures import broken_if, change

LENGTH = 24


@final
class FixedLength(MechanismLaw):
    """What declares a fixed length is built for it: for another it has other parameters, fails, or differs.

    A mechanism that mixes any length as well would be exempt from the laws of lengths for nothing.
    """

    needs = ("fixed_length",)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        size = subject.size(LENGTH)
        short = subject.build(replace(size, length=LENGTH))
        long = subject.build(replace(size, length=2 * LENGTH))
        shapes = [{name: each.shape for name, each in one.state_dict().items()} for one in (short, long)]
        bound = shapes[0] != shapes[1] or not _the_same(short, long)
        yield "works at every length alike", broken_if(not bound)


def _the_same(short: Mechanism, long: Mechanism) -> bool:
    """Whether the one built for fewer positions mixes more of them as the other does."""
    long.load_state_dict(short.state_dict())
    short.traits = replace(short.traits, fixed_length=False)
    for n in (LENGTH - 1, LENGTH, 2 * LENGTH):
        inputs = draw(long, n=n)
        mixed = _mixed(short, inputs)
        if mixed is None or change(mixed, long(inputs)) > ROUNDING:
            return False
    return True


def _mixed(mechanism: Mechanism, inputs: Streams[Tensor]) -> Tensor | None:
    """The output; None of what cannot mix so many positions, whatever it raises."""
    try:
        return mechanism(inputs)
    except Exception:  # noqa: BLE001 - a failure of the mechanism's own, which is what is asked for
        return None
