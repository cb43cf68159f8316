"""The fast path against the naive one."""

from collections.abc import Iterator
from typing import final

from regard.attention.trial.inputs import declared_masks, draw
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import Case
from regard.laws.figures import change


@final
class WeightsTimesValues(MechanismLaw):
    """The output is the dense matrix of weights times the values, under every mask declared."""

    needs = ("weights",)

    def measure(self, subject: Subject) -> Iterator[Case]:
        size = subject.size()
        mechanism, lengths = subject.build(size), [(size.length, size.length)]
        if subject.traits.cross:
            lengths += [(40, 70), (70, 40)]
        for n, m in lengths:
            inputs, other = draw(size, n=n, m=m), draw(size, seed=1, n=n, m=m)
            for name, mask in declared_masks(subject.traits, size, 2, n, m).items():
                weights = mechanism.weights(inputs.q, inputs.k, mask)
                for values in (inputs.v, other.v):
                    mixed = mechanism(inputs.q, inputs.k, values, mask)
                    yield f"n = {n}, m = {m}, {name}", change(mixed, weights @ values)
