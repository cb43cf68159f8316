"""Forms: they differ in speed alone."""

from collections.abc import Collection, Iterator
from typing import final

from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks, extremes
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mechanism import Mechanism
from regard.laws import Case
from regard.laws.figures import change


@final
class Forms(MechanismLaw):
    """Every form gives what the plain form gives, gradients included, under every mask declared.

    At other sizes than the usual one gradients are compared under few masks.
    """

    def exempt(self, subject: MechanismSubject) -> str | None:
        return None if len(subject.part.forms) > 1 else "has one form only"

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        for n, m in ((70, 70), (20, 40), (40, 20)) if subject.traits.cross else ((70, 70),):
            for name, figure in _apart(subject.build(), n, m):
                yield f"n = {n}, m = {m}, {name}", figure
        for regime in subject.sizes():
            mechanism = subject.build(subject.size_of(regime))
            few = extremes(declared_masks(mechanism, b=regime.b, n=regime.n, m=regime.keys))
            for name, figure in _apart(mechanism, regime.n, regime.keys, regime.b, few):
                yield f"{regime.name}, {name}", figure


def _apart(
    mechanism: Mechanism, n: int, m: int, b: int = 2, learned: Collection[str] | None = None
) -> Iterator[Case]:
    """How far outputs of the other forms are from those of the plain one, and gradients under some masks
    (None: under all).
    """
    inputs, (plain, *others) = with_grad(draw(mechanism, b=b, n=n, m=m)), mechanism.forms
    for name, mask in declared_masks(mechanism, b=b, n=n, m=m).items():
        mechanism.forced_form = plain
        mixed = mechanism(inputs, mask)
        learns = learned is None or name in learned
        expected = gradients(mixed, mechanism, inputs) if learns else {}
        for form in others:
            mechanism.forced_form = form
            same = mechanism(inputs, mask)
            yield f"{name}, {form}", change(same, mixed)
            slopes = gradients(same, mechanism, inputs) if learns else {}
            for leaf, slope in slopes.items():
                yield f"{name}, {form}, gradient of {leaf}", change(slope, expected[leaf])
