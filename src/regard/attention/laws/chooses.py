"""What is said to choose its keys does."""

from collections.abc import Iterator
from typing import final

from regard.attention.checking.influence import influence
from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.laws import Case
from regard.laws.figures import broken_if

LENGTH = 40


@final
class Chooses(MechanismLaw):
    """What declares that it chooses leaves keys unread in one example that it reads in another.

    A mechanism that reads every key would be excused for keys that it loses.
    """

    needs = ("chooses",)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(LENGTH))
        inputs, others = draw(mechanism, n=LENGTH), draw(mechanism, n=LENGTH, seed=1)
        # what reads every key of many may leave the only one
        masks = (Mask(), Mask(window=0)) if mechanism.traits.window else (Mask(),)
        read = [influence(mechanism, inputs, others, mask) > 0 for mask in masks]
        by_content = [bool((each != each[:1]).any()) for each in read]
        yield "the same keys are read, whatever they hold", broken_if(not any(by_content))
