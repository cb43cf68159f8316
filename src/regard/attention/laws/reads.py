"""Whether the streams declared are those that are read: the shell projects no other."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.core.randomness import generator_of
from regard.laws import ROUNDING, Case
from regard.laws.figures import broken_if, change

N = 24


@final
class Reads(MechanismLaw):
    """Under every mask a stream that is declared changes the output, and no other stream does.

    What chooses its keys may read all of few, whatever a stream says: it must do so without a mask.
    """

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(N))
        inputs, others = _everything(mechanism, seed=0), _everything(mechanism, seed=1)
        for case, mask in declared_masks(mechanism, n=N).items():
            expected = mechanism(inputs, mask)
            for name, other in others.items():
                if not other.numel():
                    continue
                changed = change(mechanism(inputs.replace(**{name: other}), mask), expected)
                if name in mechanism.declared:
                    if mask.parts and subject.traits.chooses:
                        continue
                    yield f"{name} is declared but not read, {case}", broken_if(changed < ROUNDING)
                else:
                    yield f"{name} is read but not declared, {case}", changed
        if subject.traits.streaming:
            yield from _going_on(mechanism, inputs, others)


def _going_on(mechanism: Mechanism, inputs: Streams[Tensor], others: Streams[Tensor]) -> Iterator[Case]:
    """All of a sequence in one piece, behind an empty state."""
    expected, _ = mechanism.extend(inputs, Mask(causal=True), mechanism.initial_state(2))
    for name, other in others.items():
        if other.numel() and name not in mechanism.declared:
            redrawn = inputs.replace(**{name: other})
            mixed, _ = mechanism.extend(redrawn, Mask(causal=True), mechanism.initial_state(2))
            yield f"{name} is read but not declared, going on", change(mixed, expected)


def _everything(mechanism: Mechanism, seed: int) -> Streams[Tensor]:
    """The streams that it declares, and queries, keys and values even if it does not declare them."""
    size = mechanism.size
    usual = {
        name: torch.randn(
            *(2, size.h, N, features),
            generator=generator_of(seed, "conformance", "usual", name),
            dtype=torch.float64,
        )
        for name, features in (("q", size.d), ("k", size.d), ("v", size.e))
    }
    return Streams(**usual | dict(draw(mechanism, seed=seed, n=N).items()))
