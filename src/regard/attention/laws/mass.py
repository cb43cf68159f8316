"""What the weights of a query sum to."""

from collections.abc import Iterator
from dataclasses import replace
from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.attention.traits import RowSum
from regard.laws import Case


@final
class Mass(MechanismLaw):
    """No weight is negative, and the weights of a query sum to what is declared, or to 0 if it reads nothing.

    Those of `weights`, and those that the output shows when a value is 1 for one key and 0 for the others.
    """

    needs = ("mass",)

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        for n, m in ((40, 40), (20, 40), (40, 20)) if subject.traits.cross else ((40, 40),):
            mechanism = subject.build(replace(subject.size(m), value_features=m))
            inputs = draw(mechanism, n=n, m=m)
            one_each = inputs.replace(v=torch.eye(m, dtype=torch.float64).expand_as(inputs.v))
            for name, mask in declared_masks(mechanism, n=n, m=m).items():
                seen = {"by the output": mechanism(one_each, mask)}
                if subject.traits.weights:
                    seen["by the weights"] = mechanism.weights(inputs, mask)
                for way, weights in seen.items():
                    where = f"n = {n}, m = {m}, {name}, {way}"
                    yield f"{where}, sums", _off(weights.sum(-1), mask.allowed(n, m), mechanism.traits.mass)
                    yield f"{where}, negative", -weights.min().clamp(max=0).item()


def _off(sums: Float[Tensor, "b h n"], allowed: Bool[Tensor, "..."] | None, declared: RowSum | None) -> float:
    """How far the sums are from what is declared, or from 0 if nearer where a mask hides something."""
    if declared == "0 or more":
        return 0.0
    off = (sums - 1).clamp_min(0) if declared == "at most 1" else (sums - 1).abs()
    if allowed is not None:
        off = torch.where(allowed.all(-1), off, torch.minimum(off, sums.abs()))
    return off.max().item()
