"""Cross-attention: queries of one sequence read keys of another."""

from collections.abc import Iterator
from typing import final

from regard.attention.checking.inputs import draw, queries_first
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks, over_first
from regard.attention.checking.subject import MechanismSubject
from regard.laws import Case
from regard.laws.figures import broken_if, change


@final
class CrossLengths(MechanismLaw):
    """Fewer or more queries than keys: each query reads as if fewer had come with it."""

    needs = ("cross",)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        for n, m in ((40, 70), (70, 40), (1, 70), (70, 1), *subject.depth.crossings):
            mechanism = subject.build(subject.size(max(n, m)))
            h, e = mechanism.size.h, mechanism.size.e
            inputs, few = draw(mechanism, n=n, m=m), n // 2 + 1
            fewer = queries_first(mechanism, inputs, few)
            for name, mask in declared_masks(mechanism, n=n, m=m).items():
                mixed = mechanism(inputs, mask)
                yield f"n = {n}, m = {m}, {name}, shape", broken_if(mixed.shape != (2, h, n, e))
                alone = mechanism(fewer, over_first(mask, few))
                yield f"n = {n}, m = {m}, {name}, fewer queries", change(alone, mixed[:, :, :few])
