"""Whether a mechanism is softmax attention under another name."""

from collections.abc import Iterator
from typing import final

from torch import Tensor

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.scores import safe_softmax, scaled_scores
from regard.attention.streams import Streams
from regard.laws import Case
from regard.laws.figures import relative_error

VISIBLE = 0.01


@final
class DistinctFromSoftmax(MechanismLaw):
    """The output differs from that of softmax attention by at least 1 %."""

    limit = 1.0

    def exempt(self, subject: MechanismSubject) -> str | None:
        tie = subject.traits.tie("softmax")
        return "is softmax attention" if tie is not None and tie.at == "always" else None

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build()
        inputs = draw(mechanism)
        if not {"q", "k", "v"} <= set(inputs.names):
            yield "reads no queries, keys and values", 0.0
            return
        difference = relative_error(mechanism(inputs), _softmax(mechanism, inputs))
        yield f"differs by {difference:.1e}", VISIBLE / max(difference, 1e-12)


def _softmax(mechanism: Mechanism, inputs: Streams[Tensor]) -> Tensor:
    return safe_softmax(scaled_scores(inputs.q, inputs.k, Mask(), mechanism.size), Mask()) @ inputs.v
