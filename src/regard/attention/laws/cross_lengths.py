"""Queries of one sequence read keys of another."""

from collections.abc import Iterator
from typing import final

from regard.attention.mask import Mask
from regard.attention.size import Size
from regard.attention.trial.inputs import declared_masks, draw
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import Case
from regard.laws.figures import broken_if, change


@final
class CrossLengths(MechanismLaw):
    """Fewer or more queries than keys: each query reads as if fewer had come with it."""

    needs = ("cross",)

    def measure(self, subject: Subject) -> Iterator[Case]:
        size = subject.size()
        mechanism = subject.build(size)
        for n, m in ((40, 70), (70, 40), (1, 70), (70, 1)):
            inputs = draw(size, n=n, m=m)
            for name, mask in declared_masks(subject.traits, size, 2, n, m).items():
                mixed, few = mechanism(*inputs, mask), n // 2 + 1
                yield f"n = {n}, m = {m}, {name}, shape", broken_if(mixed.shape != _shape(size, n))
                fewer = mechanism(*inputs.with_queries(inputs.q[:, :, :few]), _first(mask, few))
                yield f"n = {n}, m = {m}, {name}, fewer queries", change(fewer, mixed[:, :, :few])


def _shape(size: Size, n: int) -> tuple[int, ...]:
    return (2, size.heads, n, size.value_features)


def _first(mask: Mask, n: int) -> Mask:
    """The same mask for the first n queries."""
    given = {name: getattr(mask, name) for name in mask.parts}
    return Mask(**given | ({"edges": given["edges"][:, :n]} if "edges" in given else {}))
