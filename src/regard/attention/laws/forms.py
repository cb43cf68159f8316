"""Forms: they differ in speed alone."""

from collections.abc import Iterator
from typing import final

from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.laws import Case
from regard.laws.figures import change


@final
class Forms(MechanismLaw):
    """Every form gives what the plain form gives, gradients included, under every mask declared."""

    def exempt(self, subject: MechanismSubject) -> str | None:
        return None if len(subject.part.forms) > 1 else "has one form only"

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism, lengths = subject.build(), [(70, 70)]
        if subject.traits.cross:
            lengths += [(20, 40), (40, 20)]
        plain, *others = mechanism.forms
        for n, m in lengths:
            inputs = with_grad(draw(mechanism, n=n, m=m))
            for name, mask in declared_masks(mechanism, n=n, m=m).items():
                mechanism.forced_form = plain
                mixed = mechanism(inputs, mask)
                expected = gradients(mixed, mechanism, inputs)
                for form in others:
                    mechanism.forced_form = form
                    same = mechanism(inputs, mask)
                    yield f"{form}, n = {n}, m = {m}, {name}", change(same, mixed)
                    for leaf, slope in gradients(same, mechanism, inputs).items():
                        where = f"{form}, n = {n}, m = {m}, {name}, gradient of {leaf}"
                        yield where, change(slope, expected[leaf])
