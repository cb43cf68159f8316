"""Analytic gradients against finite differences."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.gradients import gradients, leaves, weighted
from regard.attention.checking.inputs import draw, draw_in, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.regimes import Regime
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.core.randomness import generator_of, reseed
from regard.laws import Case
from regard.laws.trying import trying

SHORT = 12

STEPS = (1e-5, 1e-6, 1e-7, 1e-8)
"""How far a leaf is moved. The shorter are for what bends, or chooses other keys, within the longer ones."""

FEW = ("no mask", "causal", "all parts at once")
"""Masks under which longer sequences are tried."""


@final
class Gradcheck(MechanismLaw):
    """Along every stream and parameter, the gradient is the slope that two nearby outputs show.

    What draws the keys that it chooses has an estimated gradient in training: it is judged in eval mode.
    """

    limit = 1e-5

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        short = subject.build(subject.size(SHORT))
        inputs, masks = with_grad(draw(short, n=SHORT)), declared_masks(short, n=SHORT)
        yield from _apart(short, inputs, masks, f"n = {SHORT}")
        if not (subject.traits.stochastic and subject.traits.chooses):
            yield from _apart(short.train(), inputs, masks, "in training")
        for regime in (*(Regime(n=n, heads=1) for n in subject.depth.gradient_lengths), *subject.sizes()):
            if subject.accepts(regime):
                other = subject.build(subject.size_of(regime))
                declared = declared_masks(other, b=regime.b, n=regime.n, m=regime.m)
                masks = {name: mask for name, mask in declared.items() if name in FEW}
                yield from _apart(other, with_grad(draw_in(other, regime)), masks, regime.name)


def _apart(mechanism: Mechanism, inputs: Streams[Tensor], masks: dict[str, Mask], how: str) -> Iterator[Case]:
    """How far the two slopes are apart along one random direction for each stream and parameter."""
    for name, mask in masks.items():
        with trying(f"{name}, {how}"):
            slopes = gradients(_output(mechanism, inputs, mask), mechanism, inputs)
        for leaf, tensor in leaves(mechanism, inputs).items():
            direction = torch.randn(tensor.shape, generator=generator_of(0, leaf), dtype=tensor.dtype)
            analytic = (slopes[leaf] * direction).sum().item()
            for step in STEPS:
                seen = _difference(mechanism, inputs, mask, tensor, step * direction) / step
                apart = abs(seen - analytic) / max(abs(seen), abs(analytic), 1.0)
                if apart <= Gradcheck.limit:
                    break
            yield f"{leaf}, {name}, {how}", apart


@torch.no_grad()
def _difference(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask, leaf: Tensor, by: Tensor) -> float:
    """Half the difference of the outputs with a leaf moved forth and back; the leaf is left as it was."""
    start, sides = leaf.clone(), []
    for sign in (1, -1):
        leaf.copy_(start + sign * by)
        sides.append(weighted(_output(mechanism, inputs, mask)).item())
    leaf.copy_(start)
    return (sides[0] - sides[1]) / 2


def _output(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> Tensor:
    """The output; what is drawn in training is the same each time."""
    reseed(torch.device("cpu"), 0)
    return mechanism(inputs, mask)
