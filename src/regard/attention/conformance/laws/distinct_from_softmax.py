"""No softmax under another name."""

from collections.abc import Iterator
from typing import final

from regard.attention.conformance.figures import relative_error
from regard.attention.conformance.inputs import draw
from regard.attention.conformance.law import Case, Law
from regard.attention.conformance.subject import Subject
from regard.attention.mask import Mask
from regard.attention.scores import safe_softmax, scaled_scores
from regard.attention.traits import Traits

VISIBLE = 0.01


@final
class DistinctFromSoftmax(Law):
    """The output differs from that of softmax attention by at least 1 %."""

    limit = 1.0

    def exempt(self, traits: Traits) -> str | None:
        return "is softmax attention" if traits.limit == "always" else None

    def measure(self, subject: Subject) -> Iterator[Case]:
        size = subject.size()
        inputs = draw(size)
        softmax = safe_softmax(scaled_scores(inputs.q, inputs.k, Mask())) @ inputs.v
        difference = relative_error(subject.build(size)(*inputs), softmax)
        yield f"differs by {difference:.1e}", VISIBLE / max(difference, 1e-12)
