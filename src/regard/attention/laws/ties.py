"""Ties: settings at which one mechanism is another."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import final

import torch

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.attention.traits import Tie
from regard.laws import Case
from regard.laws.figures import relative_error

GENTLE = 0.6
"""Scale of queries and keys: random features need exponentially many where these are large."""

NEAR = 0.05
"""The largest error that is measured at a tie, whatever is declared: without a tie some come to 0.09."""

LOOSE = 0.3
"""The largest error that may be declared: that of a random estimate at large scores."""

FOREIGN = 2.0
"""The figure of a setting of another class: beyond the limit."""

RISE = 1.05
"""How much an error may rise from one setting to the next and still not count as rising."""


@final
class Ties(MechanismLaw):
    """Toward each relative a mechanism's own settings come ever nearer, and the last is as near as declared.

    One that is always its relative is so as it is built, under every mask.
    """

    needs = ("ties",)
    limit = 1.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        for tie in subject.traits.ties:
            yield f"{tie.to}, declares an error of {tie.error:g}", tie.error / LOOSE
            yield from _toward(subject, tie)
            if tie.at == "always":
                yield from _always(subject, tie)


def _toward(subject: MechanismSubject, tie: Tie) -> Iterator[Case]:
    size = replace(subject.size(24), length=24)
    relative = subject.find(tie.to)(size).double().eval()
    settings = subject.part.toward(tie.to, size)
    for near in settings:
        other = type(near.mechanism).__name__
        foreign = type(near.mechanism) is not subject.part
        yield f"{tie.to}, reached by another class, {other}", FOREIGN if foreign else 0.0
    settings = [replace(near, mechanism=near.mechanism.double().eval()) for near in settings]
    its = draw(relative)
    its = its.replace(**{name: GENTLE * each for name, each in its.items() if name in ("q", "k")})
    # streams of one name are the relative's: `given` turns them into its own where they differ
    inputs = draw(settings[0].mechanism).replace(**dict(its.items()))
    for name, mask in declared_masks(relative, settings[0].mechanism, n=size.length).items():
        # what a padding reads is read by nobody
        real = torch.ones(2, size.length, dtype=torch.bool) if mask.keys is None else mask.keys
        exact = relative(its, mask).transpose(1, 2)[real]
        mixed = (near.mechanism(near.given(inputs), mask).transpose(1, 2)[real] for near in settings)
        errors = [relative_error(each, exact) for each in mixed]
        yield f"{tie.to}, {name}, error {errors[-1]:.1e} at the tie", errors[-1] / min(tie.error, NEAR)
        for before, after in pairwise(errors):
            # below the declared error only rounding is left to rise
            rise = after / max(RISE * before, tie.error)
            yield f"{tie.to}, {name}, error rises to {after:.1e}", rise


def _always(subject: MechanismSubject, tie: Tie) -> Iterator[Case]:
    size = replace(subject.size(24), length=24)
    relative, mechanism = subject.find(tie.to)(size).double().eval(), subject.build(size)
    its = draw(relative)
    inputs = draw(mechanism).replace(**dict(its.items()))
    for name, mask in declared_masks(relative, mechanism, n=size.length).items():
        apart = relative_error(mechanism(inputs, mask), relative(its, mask))
        yield f"{tie.to}, always, {name}, error {apart:.1e}", apart / tie.error
