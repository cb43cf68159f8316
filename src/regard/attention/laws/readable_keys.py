"""A mask hides what it names and nothing else."""

from collections.abc import Iterator
from typing import final

from torch import Tensor

from regard.attention.checking.combinations import (
    BATCH,
    allowed_pairs,
    combined_masks,
    lengths,
    read_rows,
)
from regard.attention.checking.examples import repeated
from regard.attention.checking.influence import influence
from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.laws import Case
from regard.laws.figures import broken_if

DRAWS = 2
"""How often each example of a mask is tried: what chooses its keys does not read all of them at once."""

CHOICES = 8
"""How often what chooses its keys may leave one, before it counts as lost; what does not choose, once."""

PLAIN = 1e-4
"""A key that moves an output by more is read without a mask, ..."""

FAINT = 1e-7
"""... and one that moves it by less is not read under a mask."""


@final
class ReadableKeys(MechanismLaw):
    """A key that is read without a mask is read under every mask that allows it, in every head.

    The output itself shows it, not `weights`. Judged for each pair that is read in every example, and for
    each query, key and distance that is read in some: a mechanism that chooses its keys may choose others.
    """

    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        for n, m in lengths(subject.traits):
            mechanism = subject.build(subject.size(m))
            inputs, others = (draw(mechanism, seed=seed, b=DRAWS * BATCH, n=n, m=m) for seed in (0, 1))
            yield f"n = {n}, m = {m}, no mask", 0.0
            few = CHOICES if mechanism.traits.chooses else 1
            free: dict[tuple[str, ...], Tensor] = {}
            for name, mask in combined_masks(mechanism, n, m).items():
                opened = _open(mask)
                if opened.parts == mask.parts:
                    continue
                if opened.parts not in free:
                    free[opened.parts] = influence(mechanism, inputs, others, repeated(opened, DRAWS)) > PLAIN
                read = influence(mechanism, inputs, others, repeated(mask, DRAWS)) > FAINT
                allowed = allowed_pairs(mask, n, m) & read_rows(mask, n, m).unsqueeze(2)
                allowed = allowed.repeat_interleave(DRAWS, 0).unsqueeze(1)
                if not mechanism.traits.reads_itself:
                    allowed = allowed & (mask.offsets(n, m) != 0)
                expected = free[opened.parts] & allowed
                for what, lost in _lost(expected, read, allowed, few).items():
                    yield f"n = {n}, m = {m}, {name}: {what}", broken_if(lost)


def _open(mask: Mask) -> Mask:
    """The mask with nothing hidden: a bias may let a mechanism choose other keys."""
    return Mask(start=mask.start, bias=mask.bias)


def _lost(expected: Tensor, read: Tensor, allowed: Tensor, few: int) -> dict[str, bool]:
    """By name: whether some pair, query, key or distance that should be read in (b, h, n, m) never is."""
    always = (expected == allowed).all(0) & (allowed.sum(0) > few)
    found, sought = expected & read, expected.sum(0)
    lost = {"a pair is never read": bool((always & ~found.any(0)).any())}
    for what, dim in (("a query reads nothing", -1), ("a key is read by no query", -2)):
        # one example alone shows little of what chooses its keys
        lost[what] = bool(((sought.sum(dim) > few) & (found.sum((0, dim)) == 0)).any())
    n, m = read.shape[2:]
    for offset in range(1 - n, m):
        seen, wanted = (each.sum(0).diagonal(offset, -2, -1).sum(-1) for each in (found, sought.unsqueeze(0)))
        if bool(((wanted > few) & (seen == 0)).any()):
            lost[f"key i{offset:+d} is never read by query i"] = True
    return lost
