"""No future at all."""

from collections.abc import Iterator
from typing import final

from regard.attention.conformance.figures import change
from regard.attention.conformance.inputs import draw
from regard.attention.conformance.law import Case, Law
from regard.attention.conformance.subject import Subject
from regard.attention.mask import Mask
from regard.attention.traits import Traits


@final
class CausalityCut(Law):
    """Ending a sequence early changes nothing up to there."""

    needs = ("causal",)

    def exempt(self, traits: Traits) -> str | None:
        return "its length is that of the grid" if traits.needs_grid else super().exempt(traits)

    def measure(self, subject: Subject) -> Iterator[Case]:
        size = subject.size()
        mechanism, inputs = subject.build(size), draw(size)
        expected = mechanism(*inputs, Mask(causal=True))
        for cut in (1, size.length // 2, size.length - 1):
            mixed = mechanism(*inputs.first(cut), Mask(causal=True))
            yield f"ended at {cut}", change(mixed, expected[:, :, :cut])
