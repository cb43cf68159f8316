"""Whether each stream belongs to the queries or to the keys, as declared."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.checking.inputs import draw, keys_replaced, of_side, replaced
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import paddings
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.laws import Case
from regard.laws.figures import change


@final
class Sides(MechanismLaw):
    """A stream of the queries changes its own query only; one of the keys no query that may not read its key.

    Of what is causal or reads across sequences; elsewhere queries may be pooled.
    """

    def exempt(self, subject: MechanismSubject) -> str | None:
        traits = subject.traits
        return None if traits.causal or traits.cross else "mixes queries of one sequence"

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build()
        yield from _queries(mechanism, Mask(causal=not subject.traits.cross))
        if subject.traits.padding:
            for place, keys in paddings(2, mechanism.size.length).items():
                yield from _keys(mechanism, place, Mask(keys=keys))


def _queries(mechanism: Mechanism, mask: Mask) -> Iterator[Case]:
    inputs, others, n = draw(mechanism), draw(mechanism, seed=1), mechanism.size.length
    expected = mechanism(inputs, mask)
    for position in (0, n // 2, n - 1):
        here = torch.arange(n) == position
        redrawn = of_side(mechanism, replaced(inputs, here.expand(2, n), others), "queries")
        mixed = mechanism(inputs.replace(**redrawn), mask)
        yield f"query {position}", change(mixed[:, :, ~here], expected[:, :, ~here])


def _keys(mechanism: Mechanism, place: str, mask: Mask) -> Iterator[Case]:
    """The query at a hidden key reads as little of it as every other."""
    assert mask.keys is not None
    inputs, others = draw(mechanism), draw(mechanism, seed=1)
    redrawn = keys_replaced(mechanism, inputs, ~mask.keys, others)
    expected = mechanism(inputs, mask)
    for name in of_side(mechanism, inputs, "keys"):
        mixed = mechanism(inputs.replace(**{name: getattr(redrawn, name)}), mask)
        yield f"{name} of the padding {place}", change(mixed, expected)
