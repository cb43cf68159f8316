"""Ties: settings at which one mechanism is another."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import final

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.attention.traits import Tie
from regard.laws import Case
from regard.laws.figures import relative_error

GENTLE = 0.6
"""Scale of queries and keys: random features need exponentially many where these are large."""

RISE = 1.05
"""How much an error may rise from one setting to the next and still not count as rising."""


@final
class Ties(MechanismLaw):
    """Toward each relative the settings come ever nearer to it, and the last is as near as declared."""

    needs = ("ties",)
    limit = 1.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        for tie in subject.traits.ties:
            yield from _toward(subject, tie)


def _toward(subject: MechanismSubject, tie: Tie) -> Iterator[Case]:
    size = replace(subject.size(24), length=24)
    relative = subject.find(tie.to)(size).double().eval()
    settings = subject.part.toward(tie.to, size)
    settings = [replace(near, mechanism=near.mechanism.double().eval()) for near in settings]
    drawn = draw(relative).replace(**dict(draw(settings[0].mechanism).items()))
    gentle = {name: GENTLE * each for name, each in drawn.items() if name in ("q", "k")}
    inputs = drawn.replace(**gentle)
    for name, mask in declared_masks(relative, settings[0].mechanism, n=size.length).items():
        exact = relative(inputs, mask)
        errors = [relative_error(near.mechanism(near.given(inputs), mask), exact) for near in settings]
        yield f"{tie.to}, {name}, error {errors[-1]:.1e} at the tie", errors[-1] / tie.error
        for before, after in pairwise(errors):
            # below the declared error only rounding is left to rise
            rise = after / max(RISE * before, tie.error)
            yield f"{tie.to}, {name}, error rises to {after:.1e}", rise
