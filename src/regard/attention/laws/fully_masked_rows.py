"""Queries that may read nothing."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.traits import Traits
from regard.laws import Case
from regard.laws.figures import change, finite


@final
class FullyMaskedRows(MechanismLaw):
    """A query that may read nothing gives 0, and its gradient is finite."""

    limit = 0.0

    def exempt(self, subject: MechanismSubject) -> str | None:
        traits = subject.traits
        return None if traits.padding or traits.edges else "declares neither padding nor edges"

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(24))
        inputs = with_grad(draw(mechanism, n=24))
        for name, (mask, empty) in _cases(subject.traits, 24).items():
            mixed = mechanism(inputs, mask)
            nothing = mixed.transpose(1, 2)[empty]
            yield name, change(nothing, torch.zeros_like(nothing))
            for leaf, slope in gradients(mixed, mechanism, inputs).items():
                yield f"{name}, gradient of {leaf}", 0.0 if finite(mixed, slope) else float("inf")


def _cases(traits: Traits, n: int) -> dict[str, tuple[Mask, Tensor]]:
    """By name: a mask for two examples, and which queries, (b n), may read nothing under it."""
    position, second = torch.arange(n), torch.tensor([False, True]).unsqueeze(1)
    cases = {}
    if traits.padding:
        hidden = (position >= 0) & second
        cases["all keys hidden"] = (Mask(keys=~hidden), hidden)
    if traits.padding and traits.causal:
        start = (position < 5) & second
        cases["causal, padding at the start"] = (Mask(causal=True, keys=~start), start)
    if traits.padding and traits.window:
        start = (position < 9) & second
        cases["window within padding"] = (Mask(window=2, keys=~start), (position < 7) & second)
    if traits.edges:
        lonely = (position % 3 == 0) & second
        cases["no edge"] = (Mask(edges=~lonely.unsqueeze(2).expand(2, n, n)), lonely)
    return cases
