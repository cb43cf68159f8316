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

SHORT = 1 / 3
"""A formula that counts three times too much without a mask gives no room to count too little under one."""


@final
class Operations(MechanismLaw):
    """The formula counts what operators compute besides matrix products, within a factor of three.

    All at once, going on, and under every mask as much as without. Whether a softmax is four operations or
    six is a convention; adding the bias, and one operation for each number in the streams, may be left out.
    """

    limit = 3.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        size = replace(subject.size(), value_features=8)
        mechanism, lengths = subject.build(size), [(size.length, size.length)]
        if subject.traits.cross:
            lengths += [(40, 70), (70, 40)]
        without = SHORT
        for n, m in lengths:
            for name, mask in declared_masks(mechanism, b=1, n=n, m=m).items():
                if mask.start:
                    continue
                where, use = f"n = {n}, m = {m}, {name}", _all_at_once(mechanism, n, m, mask)
                few, case = _apart(where, mechanism, (n, m, mask), use)
                without = max(SHORT, few) if not mask.parts else without
                yield case
                yield f"{where}, against no mask", few / without
        if subject.traits.grouped:
            # one head for all, so that heads counted by the keys are too few by more than the factor
            grouped, n = subject.build(replace(size, heads=4, key_heads=1)), size.length
            yield _apart("one head of keys", grouped, (n, n, Mask()), _all_at_once(grouped, n, n, Mask()))[1]
        if subject.traits.streaming:
            for n, m in ((1, 70), (40, 70)):
                mask, use = Mask(causal=True, start=m - n), _going_on(mechanism, n, m)
                yield _apart(f"{n} more behind {m - n}", mechanism, (n, m, mask), use)[1]


def _all_at_once(mechanism: Mechanism, n: int, m: int, mask: Mask) -> Callable[[], Any]:
    inputs = draw(mechanism, b=1, n=n, m=m)
    return lambda: mechanism(inputs, mask)


def _going_on(mechanism: Mechanism, n: int, m: int) -> Callable[[], Any]:
    """The last n of m positions, behind a state of the others."""
    inputs, start = draw(mechanism, b=1, n=m), m - n
    _, state = mechanism.extend(first(inputs, start), Mask(causal=True), mechanism.initial_state(1))
    new = between(inputs, start, m)
    return lambda: mechanism.extend(new, Mask(causal=True, start=start), state)


def _apart(
    where: str, mechanism: Mechanism, asked: tuple[int, int, Mask], use: Callable[[], Any]
) -> tuple[float, Case]:
    """How many times too few operations the formula counts, and the case: how far it is off either way."""
    n, m, mask = asked
    counted, of_bias = _counted(use), _counted(lambda: mask.added(n, m))
    formula = mechanism.cost(n, m, mask).other_flops
    numbers = sum(each.numel() for each in draw(mechanism, b=1, n=n, m=n if mask.start else m))
    few, many = counted / (formula + of_bias + numbers), formula / (counted + numbers)
    return few, (f"{where}: {counted} counted, {formula} by formula", max(few, many))


def _counted(use: Callable[[], Any]) -> int:
    with torch.no_grad(), Work() as work:
        use()
    return work.operations
