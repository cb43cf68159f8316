"""Equal inputs, equal outputs."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.laws import Case
from regard.laws.figures import broken_if, change
from regard.laws.surroundings import generators


@final
class Deterministic(MechanismLaw):
    """In eval mode equal calls give equal outputs, whatever comes between them, and no use draws numbers."""

    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build()
        inputs = draw(mechanism)
        # beyond the state to which a seed leads, so that seeding the generator shows
        torch.rand(1)
        drawn_from = generators()
        masks = declared_masks(mechanism, n=mechanism.size.length)
        # all masks in turn, then all in reverse: what one call caches must not change another
        before = {name: mechanism(inputs, mask) for name, mask in masks.items()}
        for name, mask in reversed(masks.items()):
            yield name, change(mechanism(inputs, mask), before[name])
        for name, mask in masks.items():
            if mechanism.traits.weights:
                mechanism.weights(inputs, mask)
                yield f"{name}, after weights were asked for", change(mechanism(inputs, mask), before[name])
            if mechanism.traits.streaming and mask.causal:
                mechanism.extend(inputs, mask, mechanism.initial_state(2))
        for name, state in generators().items():
            yield f"{name} draws random numbers", broken_if(state != drawn_from[name])
