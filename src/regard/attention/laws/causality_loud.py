"""The future, shouting."""

from collections.abc import Iterator
from typing import final

from torch import Tensor

from regard.attention.mask import Mask
from regard.attention.trial.inputs import Inputs, draw
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import Case
from regard.laws.figures import change

LOUDNESS = 8


@final
class CausalityLoud(MechanismLaw):
    """Future keys and values made eight times louder change nothing in the present."""

    needs = ("causal",)

    def measure(self, subject: Subject) -> Iterator[Case]:
        size = subject.size()
        mechanism, inputs = subject.build(size), draw(size)
        expected = mechanism(*inputs, Mask(causal=True))
        for cut in (1, size.length // 2, size.length - 1):
            loud = Inputs(inputs.q, _louder(inputs.k, cut), _louder(inputs.v, cut))
            mixed = mechanism(*loud, Mask(causal=True))
            yield f"from position {cut} on", change(mixed[:, :, :cut], expected[:, :, :cut])


def _louder(x: Tensor, cut: int) -> Tensor:
    """The same tensor with everything from position `cut` on scaled up."""
    loud = x.clone()
    loud[:, :, cut:] *= LOUDNESS
    return loud
