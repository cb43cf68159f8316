"""One bias, given in several ways."""

from collections.abc import Iterator
from itertools import combinations
from typing import final

import torch

from regard.attention.bias import Bias
from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import each_part, joined
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mask_parts import MASK_PARTS
from regard.core.randomness import generator_of
from regard.laws import Case
from regard.laws.figures import change

HEADS = 3
N = 12


@final
class BiasesAgree(MechanismLaw):
    """Slopes are the table, and a table the dense bias, that gives every pair the same number."""

    def exempt(self, subject: MechanismSubject) -> str | None:
        traits = subject.traits
        several = traits.slopes + traits.table + traits.dense > 1
        return None if several else "declares fewer than two kinds of bias"

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(N, heads=HEADS))
        inputs = draw(mechanism, n=N)
        masks = {"no mask": Mask()} | {
            name: mask
            for name, mask in each_part(mechanism.size, 2, N, N).items()
            if name not in ("slopes", "table", "dense") and getattr(mechanism.traits, MASK_PARTS[name].trait)
        }
        for what, biases in {"slopes": _slopes(), "table": _table()}.items():
            declared = {part: bias for part, bias in biases.items() if getattr(mechanism.traits, part)}
            for name, mask in masks.items():
                mixed = {
                    part: mechanism(inputs, joined(mask, Mask(bias=bias))) for part, bias in declared.items()
                }
                for one, other in combinations(mixed, 2):
                    yield f"{what}, {one} and {other}, {name}", change(mixed[one], mixed[other])


def _slopes() -> dict[str, Bias]:
    """Slopes, with the table and the dense bias that are equal to them."""
    slopes = torch.tensor([0.0, 0.3, 1.1], dtype=torch.float64)
    table = -slopes[:, None] * torch.arange(1 - N, N).abs()
    return {"slopes": Bias(slopes=slopes), "table": Bias(table=table), "dense": _dense(table)}


def _table() -> dict[str, Bias]:
    """A table that is not symmetric, with the dense bias that is equal to it."""
    source = generator_of(0, "conformance", "biases_agree")
    table = torch.randn(HEADS, 2 * N - 1, generator=source, dtype=torch.float64)
    return {"table": Bias(table=table), "dense": _dense(table)}


def _dense(table: torch.Tensor) -> Bias:
    """For each pair the number of its offset, key minus query."""
    position = torch.arange(N)
    return Bias(dense=table[:, position - position.unsqueeze(1) + N - 1])
