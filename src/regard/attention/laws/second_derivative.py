"""Gradients of gradients, which penalties and perturbations of what is learned need."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.gradients import weighted
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.laws import Case

N = 12

STEPS = (1e-5, 1e-6)
"""How far the streams are moved. The shorter step is for what chooses other keys within the longer one."""


@final
class SecondDerivative(MechanismLaw):
    """The derivative of a gradient is the slope that two nearby gradients show, or torch refuses it.

    In every form: what cannot be differentiated twice may say so, and must not give another number.
    """

    limit = 1e-4

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(N))
        inputs = draw(mechanism, n=N)
        for form in mechanism.forms:
            mechanism.forced_form = form
            for name, mask in declared_masks(mechanism, n=N).items():
                yield f"{name}, {form}", _apart(mechanism, inputs, mask)


def _apart(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> float:
    """How far the two slopes are apart along one random direction of all streams; 0 if there is no second."""
    directions = draw(mechanism, n=N, seed=1)
    found = _analytic(mechanism, with_grad(inputs), mask, directions)
    if found is None:
        return 0.0
    apart = torch.inf
    for step in STEPS:
        seen = _seen(mechanism, inputs, mask, _times(step, directions))
        slopes = {name: each / step for name, each in seen.items()}
        largest = max(1.0, *(each.abs().max().item() for each in slopes.values()))
        apart = max((found[name] - each).abs().max().item() for name, each in slopes.items()) / largest
        if apart <= SecondDerivative.limit:
            break
    return apart


def _times(factor: float, streams: Streams[Tensor]) -> Streams[Tensor]:
    return streams.map(lambda each: factor * each)


def _analytic(
    mechanism: Mechanism, leaves: Streams[Tensor], mask: Mask, directions: Streams[Tensor]
) -> dict[str, Tensor] | None:
    """The gradient of the first gradient's part along the directions; None if torch refuses it."""
    slopes = _gradients(mechanism, leaves, mask)
    along = torch.stack([(slope * getattr(directions, name)).sum() for name, slope in slopes.items()]).sum()
    if not along.requires_grad:
        return {name: torch.zeros_like(slope) for name, slope in slopes.items()}
    try:
        # all the way back: asked for some tensors only, torch skips what would refuse
        torch.autograd.backward(along)
    except RuntimeError:
        return None
    return {name: _grad(getattr(leaves, name)) for name in slopes}


def _grad(leaf: Tensor) -> Tensor:
    return torch.zeros_like(leaf) if leaf.grad is None else leaf.grad


def _seen(
    mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask, steps: Streams[Tensor]
) -> dict[str, Tensor]:
    """Half the difference of the gradients a step forth and a step back."""
    forth, back = (
        _gradients(
            mechanism,
            with_grad(
                inputs.replace(**{name: x + sign * getattr(steps, name) for name, x in inputs.items()})
            ),
            mask,
        )
        for sign in (1, -1)
    )
    return {name: ((slope - back[name]) / 2).detach() for name, slope in forth.items()}


def _gradients(mechanism: Mechanism, leaves: Streams[Tensor], mask: Mask) -> dict[str, Tensor]:
    """Those of a fixed weighting of the outputs to the streams, which can themselves be differentiated."""
    wanted = {name: each for name, each in leaves.items() if each.numel()}
    output = mechanism(leaves, mask)
    slopes = torch.autograd.grad(
        weighted(output), list(wanted.values()), create_graph=True, allow_unused=True, materialize_grads=True
    )
    return dict(zip(wanted, slopes, strict=True))
