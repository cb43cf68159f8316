"""Nothing is swallowed."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import final

import torch

from regard.attention.mask import Mask, alibi_slopes
from regard.attention.trial.inputs import draw
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.core.errors import UnsupportedMask, UnsupportedUse
from regard.laws import Case
from regard.laws.figures import broken_if

USES = ("causal", "padding", "edges", "window", "slopes", "cross", "streaming", "weights", "limit")


@final
class UndeclaredRaises(MechanismLaw):
    """Every use that the traits do not declare raises an error that names it."""

    limit = 0.0

    def exempt(self, subject: Subject) -> str | None:
        traits = subject.traits
        bound = traits.fixed_length or traits.needs_grid
        everything = not bound and all(getattr(traits, use) for use in USES)
        return "declares every use" if everything else None

    def measure(self, subject: Subject) -> Iterator[Case]:
        size, traits = subject.size(24), subject.traits
        mechanism, inputs = subject.build(size), draw(size, n=24)
        for trait, part, mask in _masks():
            if not getattr(traits, trait):
                raised = _error(functools.partial(mechanism, *inputs, mask))
                named = isinstance(raised, UnsupportedMask) and part in str(raised)
                yield f"undeclared {trait} does not raise", broken_if(not named)
        for name, use in _uses(subject).items():
            yield f"undeclared {name} does not raise", broken_if(not isinstance(_error(use), UnsupportedUse))


def _masks() -> list[tuple[str, str, Mask]]:
    """Each trait with the part of the mask that it declares, and a mask that has only this part."""
    return [
        ("causal", "causal", Mask(causal=True)),
        ("padding", "keys", Mask(keys=torch.ones(2, 24, dtype=torch.bool))),
        ("edges", "edges", Mask(edges=torch.ones(2, 24, 24, dtype=torch.bool))),
        ("window", "window", Mask(window=3)),
        ("slopes", "slopes", Mask(slopes=alibi_slopes(2))),
    ]


def _uses(subject: Subject) -> dict[str, Callable[[], object]]:
    """Uses other than masks that this mechanism does not declare, by name."""
    size, traits = subject.size(24), subject.traits
    mechanism, inputs = subject.build(size), draw(size, n=24)
    uses: dict[str, tuple[bool, Callable[[], object]]] = {
        "cross, fewer queries": (traits.cross, lambda: mechanism(*draw(size, n=12, m=24))),
        "cross, fewer keys": (traits.cross, lambda: mechanism(*draw(size, n=24, m=12))),
        "length": (not traits.fixed_length, lambda: mechanism(*draw(size, n=size.length + 1))),
        "streaming": (traits.streaming, lambda: mechanism.initial_state(2)),
        "weights": (traits.weights, lambda: mechanism.weights(inputs.q, inputs.k, Mask())),
        "lack of a grid": (not traits.needs_grid, lambda: subject.build(replace(size, grid=None))),
        "limit": (traits.limit is not None, lambda: subject.part.toward_softmax(size)),
    }
    return {name: use for name, (declared, use) in uses.items() if not declared}


def _error(use: Callable[[], object]) -> UnsupportedUse | None:
    """The error of an undeclared use; any other error is the mechanism's own and goes on."""
    try:
        use()
    except UnsupportedUse as error:
        return error
    return None
