"""The mask's start: queries that come after the first key."""

from collections.abc import Iterator
from typing import final

from regard.attention.checking.inputs import between, draw, first, of_side
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import causal_masks, declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.laws import Case
from regard.laws.figures import change

LENGTH = 70


@final
class Start(MechanismLaw):
    """Queries that start behind others read what they read among all, under every mask declared."""

    needs = ("start", "cross")

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism, n = subject.build(), LENGTH
        inputs = draw(mechanism, n=n)
        # without a causal mask a query reads to the end
        pieces = [(name, mask, 37, n) for name, mask in declared_masks(mechanism, n=n).items()]
        for name, mask in causal_masks(mechanism, n).items() if subject.traits.causal else ():
            pieces += [(name, mask, start, stop) for start, stop in ((0, 1), (1, 40), (63, 66), (n - 1, n))]
        for name, mask, start, stop in pieces:
            queries = of_side(mechanism, between(inputs, start, stop), "queries")
            mixed = mechanism(first(inputs, stop).replace(**queries), mask.rows(start, stop))
            yield f"{name}, {start} to {stop}", change(mixed, mechanism(inputs, mask)[:, :, start:stop])
        if subject.traits.causal:
            queries = of_side(mechanism, between(inputs, 20, 25), "queries")
            mixed = mechanism(inputs.replace(**queries), Mask(causal=True, start=20))
            expected = mechanism(inputs, Mask(causal=True))[:, :, 20:25]
            yield "keys behind the last query", change(mixed, expected)
