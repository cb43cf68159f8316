"""The declared growth of time, by what operators do."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import final

import torch

from regard.attention.checking.growth import declared_exponent, exponent
from regard.attention.checking.inputs import between, draw, first, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.attention.checking.work import Work
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.laws import Case

LENGTHS = (128, 1024)
SHORT = (64, 256)
"""Where n^2 is declared: what is slower shows early."""

Touched = dict[str, int]
"""Numbers that operators read or wrote, by the use."""


@final
class WorkGrowth(MechanismLaw):
    """The numbers that operators read and write grow no faster than declared, and going on than the formula.

    Under every mask declared, in training too, and reading half as many keys: a loop over positions in which
    each goes through all the others is seen, however little it does to them. It is counted, not timed, and
    forward only: torch writes the gradient of a single position as one of all, so that every loop over
    positions is quadratic backward.
    """

    limit = 0.15

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        lengths = SHORT if subject.traits.time == "n^2" else LENGTHS
        # whatever is mixed, n outputs are written
        declared = max(declared_exponent(subject.traits.time, lengths), 1.0)
        sizes = [replace(subject.size(n, heads=1), value_features=8) for n in lengths]
        built = [subject.build(size, dtype=torch.float32) for size in sizes]
        small, large = (_all_at_once(each, n) for each, n in zip(built, lengths, strict=True))
        # a window is no narrower than a short sequence
        allowed = max(declared, _by_formula(built, lengths, Mask()))
        for name, numbers in small.items():
            yield _case(name, (numbers, large[name]), lengths, allowed)
        if subject.traits.streaming:
            before, after = (_going_on(each, n) for each, n in zip(built, lengths, strict=True))
            allowed = max(declared - 1, _by_formula(built, lengths, Mask(causal=True)))
            yield _case("going on", (before, after), lengths, allowed)


def _case(name: str, touched: tuple[int, int], lengths: tuple[int, int], allowed: float) -> Case:
    grown = exponent(*touched, lengths)
    where = f"{name}: n^{grown:.2f}, from {touched[0]} to {touched[1]} numbers"
    return where, max(grown - allowed, 0.0)


def _by_formula(built: list[Mechanism], lengths: tuple[int, int], mask: Mask) -> float:
    """How the formula grows all at once; where the mask is causal, that of one position behind the others."""
    asked = [(1, n, replace(mask, start=n - 1)) if mask.causal else (n, n, mask) for n in lengths]
    small, large = (each.cost(*given).flops for given, each in zip(asked, built, strict=True))
    return exponent(small, large, lengths)


def _all_at_once(mechanism: Mechanism, n: int) -> Touched:
    """Under every mask."""
    inputs = draw(mechanism, b=1, n=n, dtype=torch.float32)
    touched = {}
    for name, mask in declared_masks(mechanism, b=1, n=n).items():
        with torch.no_grad(), Work() as work:
            mechanism(inputs, mask)
        touched[name] = work.touched
    for name, mask in {"no mask": Mask(), "causal": Mask(causal=True)}.items():
        if mechanism.traits.causal or not mask.causal:
            with Work() as work:
                copy.deepcopy(mechanism).train()(with_grad(inputs), mask)
            touched[f"{name}, in training"] = work.touched
    if mechanism.traits.cross:
        with torch.no_grad(), Work() as work:
            mechanism(draw(mechanism, b=1, n=n, m=n // 2, dtype=torch.float32))
        touched["over half as many keys"] = work.touched
    return touched


def _going_on(mechanism: Mechanism, n: int) -> int:
    """Of one position behind n - 1 others."""
    inputs, causal = draw(mechanism, b=1, n=n, dtype=torch.float32), Mask(causal=True)
    _, state = mechanism.extend(first(inputs, n - 1), causal.rows(0, n - 1), mechanism.initial_state(1))
    with torch.no_grad(), Work() as work:
        mechanism.extend(between(inputs, n - 1, n), causal.rows(n - 1, n), state)
    return work.touched
