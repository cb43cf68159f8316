"""Queries that may read nothing."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.checking.combinations import BATCH, allowed_pairs, combined_masks, lengths
from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.laws import ROUNDING, Case
from regard.laws.figures import change, finite


@final
class FullyMaskedRows(MechanismLaw):
    """A query to which the parts of a mask together leave nothing gives 0, and every gradient is finite."""

    # a transform of all positions leaves a rounding error of what it hides
    limit = ROUNDING

    def exempt(self, subject: MechanismSubject) -> str | None:
        traits = subject.traits
        return None if traits.padding or traits.edges else "declares neither padding nor edges"

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        for n, m in lengths(subject.traits):
            mechanism = subject.build(subject.size(m))
            inputs = with_grad(draw(mechanism, b=BATCH, n=n, m=m))
            for name, mask in combined_masks(mechanism, n, m).items():
                empty = ~allowed_pairs(mask, n, m).any(-1)
                if not bool(empty.any()):
                    continue
                where, mixed = f"n = {n}, m = {m}, {name}", mechanism(inputs, mask)
                nothing = mixed.transpose(1, 2)[empty]
                yield where, change(nothing, torch.zeros_like(nothing))
                for leaf, slope in gradients(mixed, mechanism, inputs).items():
                    yield f"{where}, gradient of {leaf}", 0.0 if finite(mixed, slope) else float("inf")
