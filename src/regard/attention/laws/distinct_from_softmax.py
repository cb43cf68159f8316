"""Whether a mechanism is softmax attention under another name."""

from collections.abc import Iterator
from typing import final

from torch import Tensor

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.kernels.scores import safe_softmax, scaled_scores
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.laws import Case
from regard.laws.figures import relative_error

VISIBLE = 0.01

LENGTHS = (4, 90, 600)
"""Few keys, and more than most windows, ranks and numbers of keys to keep."""

SCALES = (1, 4, 16)
"""Factors of queries and keys: weights that are nearly equal hide how they were made."""


@final
class DistinctFromSoftmax(MechanismLaw):
    """The output differs from that of softmax attention by at least 1 %, for some length and size of scores.

    A mechanism under a name of its own has to be another function than softmax, however it is computed. One
    that is near to softmax for usual scores has to show itself where there are few keys or many, or where
    queries and keys are up to 16 times as large. One that is softmax says so, with a tie `at="always"`.
    """

    limit = 1.0

    def exempt(self, subject: MechanismSubject) -> str | None:
        tie = subject.traits.tie("softmax")
        return "is softmax attention" if tie is not None and tie.at == "always" else None

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        differences = [0.0]
        for n in LENGTHS:
            mechanism = subject.build(subject.size(n))
            inputs = draw(mechanism, n=n)
            if not ({"q", "k", "v"} <= set(inputs.names) and inputs.q.shape[-1]):
                yield "reads no queries, keys and values", 0.0
                return
            for scale in SCALES:
                louder = inputs.replace(q=scale * inputs.q, k=scale * inputs.k)
                differences.append(relative_error(mechanism(louder), _softmax(mechanism, louder)))
        yield f"differs by {max(differences):.1e} at most", VISIBLE / max(*differences, 1e-12)


def _softmax(mechanism: Mechanism, inputs: Streams[Tensor]) -> Tensor:
    return safe_softmax(scaled_scores(inputs.q, inputs.k, Mask(), mechanism.size), Mask()) @ inputs.v
