"""The formula for what is no matrix product against what operators compute."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, final

import torch

from regard.attention.checking.inputs import between, draw, first
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.attention.checking.work import Work
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.laws import Case

FACTOR = 3.0
"""How far formula and count may be apart: whether a softmax is four operations or six is a convention."""


@final
class Operations(MechanismLaw):
    """The formula counts what operators compute besides matrix products, within a factor of three.

    Under every mask declared, all at once and going on. Making the dense form of a mask, and as many operations
    as there are numbers in the streams, may be counted or left out.
    """

    limit = FACTOR

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        size = replace(subject.size(), value_features=8)
        mechanism = subject.build(size)
        lengths = [(size.length, size.length)]
        if subject.traits.cross:
            lengths += [(40, 70), (70, 40)]
        for n, m in lengths:
            for name, mask in declared_masks(mechanism, b=1, n=n, m=m).items():
                if not mask.start:
                    yield _all_at_once(mechanism, n, m, name, mask)
        if subject.traits.streaming:
            for n, m in ((1, 70), (40, 70)):
                yield _going_on(mechanism, n, m)


def _all_at_once(mechanism: Mechanism, n: int, m: int, name: str, mask: Mask) -> Case:
    inputs = draw(mechanism, b=1, n=n, m=m)
    numbers = sum(each.numel() for each in inputs)
    return _case(
        f"n = {n}, m = {m}, {name}", mechanism, (n, m, mask), numbers, lambda: mechanism(inputs, mask)
    )


def _going_on(mechanism: Mechanism, n: int, m: int) -> Case:
    """The last n of m positions, behind a state of the others."""
    inputs, start = draw(mechanism, b=1, n=m), m - n
    mask = Mask(causal=True, start=start)
    _, state = mechanism.extend(first(inputs, start), Mask(causal=True), mechanism.initial_state(1))
    new = between(inputs, start, m)
    numbers = sum(each.numel() for each in new)
    where = f"{n} more behind {start}"
    return _case(where, mechanism, (n, m, mask), numbers, lambda: mechanism.extend(new, mask, state))


def _case(
    name: str, mechanism: Mechanism, asked: tuple[int, int, Mask], numbers: int, use: Callable[[], Any]
) -> Case:
    """numbers: as many operations as either side may leave out."""
    n, m, mask = asked
    counted, of_mask = _counted(use), _counted(lambda: (mask.allowed(n, m), mask.added(n, m)))
    formula = mechanism.cost(n, m, mask).other_flops
    too_few = counted / (formula + of_mask + numbers)
    too_many = formula / (counted + numbers)
    return f"{name}: {counted} counted, {formula} by formula", max(too_few, too_many)


def _counted(use: Callable[[], Any]) -> int:
    with torch.no_grad(), Work() as work:
        use()
    return work.operations
