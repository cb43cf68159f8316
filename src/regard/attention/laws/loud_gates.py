"""Forms at extreme gates: decays so strong that nothing is left, and gates that are closed."""

from collections.abc import Iterator
from typing import final

from torch import Tensor

from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.laws import Case
from regard.laws.figures import change, finite

LENGTH = 70
"""More than a chunk, within which the exponents of decays add up."""

LOUDNESS = 50
"""How many times as large a stream is: log decays far below the logarithm of the smallest number."""


@final
class LoudGates(MechanismLaw):
    """However large streams beside q, k and v are, every form gives what the plain form gives, gradients too.

    Differences of sums of log decays overflow where they are exponentiated before the later positions are
    masked: the output is right, and the gradient is not a number.
    """

    def exempt(self, subject: MechanismSubject) -> str | None:
        if len(subject.part.forms) == 1:
            return "has one form only"
        if not _gates(subject.build()):
            return "reads q, k and v alone"
        return super().exempt(subject)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(LENGTH))
        mask = Mask(causal=subject.traits.causal)
        for gate in _gates(mechanism):
            drawn = draw(mechanism, n=LENGTH)
            inputs = with_grad(drawn.replace(**{gate: LOUDNESS * getattr(drawn, gate)}))
            (_, expected), *others = (
                (form, _made(mechanism, form, inputs, mask)) for form in mechanism.forms
            )
            for form, made in others:
                for what, result in made.items():
                    off = change(result, expected[what]) if finite(expected[what]) else float("inf")
                    yield f"{gate} times {LOUDNESS}, {form}, {what}", off


def _gates(mechanism: Mechanism) -> list[str]:
    return [name for name in mechanism.declared.names if name not in ("q", "k", "v")]


def _made(mechanism: Mechanism, form: str, inputs: Streams[Tensor], mask: Mask) -> dict[str, Tensor]:
    mechanism.forced_form = form
    output = mechanism(inputs, mask)
    slopes = gradients(output, mechanism, inputs)
    return {"output": output, **{f"gradient of {leaf}": slope for leaf, slope in slopes.items()}}
