"""No softmax under another name."""

from collections.abc import Iterator
from typing import final

from regard.attention.mask import Mask
from regard.attention.scores import safe_softmax, scaled_scores
from regard.attention.trial.inputs import draw
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import Case
from regard.laws.figures import relative_error

VISIBLE = 0.01


@final
class DistinctFromSoftmax(MechanismLaw):
    """The output differs from that of softmax attention by at least 1 %."""

    limit = 1.0

    def exempt(self, subject: Subject) -> str | None:
        return "is softmax attention" if subject.traits.limit == "always" else None

    def measure(self, subject: Subject) -> Iterator[Case]:
        size = subject.size()
        inputs = draw(size)
        softmax = safe_softmax(scaled_scores(inputs.q, inputs.k, Mask())) @ inputs.v
        difference = relative_error(subject.build(size)(*inputs), softmax)
        yield f"differs by {difference:.1e}", VISIBLE / max(difference, 1e-12)
