"""What of a mechanism depends on the seed."""

from jaxtyping import Float
from torch import Tensor

from regard.attention.checking.inputs import draw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mechanism import Mechanism
from regard.laws.surroundings import seeded, surroundings_restored

N = 24

Outcome = dict[str, Float[Tensor, "..."]]
"""Tensors by what they are."""


def built(subject: MechanismSubject, seed: int) -> Mechanism:
    """The mechanism as its constructor leaves it, in float64, with torch's generator at this seed."""
    with surroundings_restored():
        seeded(seed)
        return subject.part(subject.size(N), **subject.options).double()


def outcome(mechanism: Mechanism, seed: int) -> Outcome:
    """Its parameters and buffers, and what it gives in both modes with torch's generator at this seed."""
    inputs, kept = draw(mechanism, n=N), (*mechanism.named_parameters(), *mechanism.named_buffers())
    found = {name: each.detach().clone() for name, each in kept}
    with surroundings_restored():
        for name, mask in declared_masks(mechanism, n=N).items():
            for mode, train in (("in eval mode", False), ("in training", True)):
                seeded(seed)
                found[f"the output {mode}, {name},"] = mechanism.train(train)(inputs, mask).detach()
    return found
