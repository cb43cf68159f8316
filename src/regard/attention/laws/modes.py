"""Training mode, eval mode, and no recording of gradients."""

import copy
from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw_in, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.pieces import extended
from regard.attention.checking.regimes import Regime
from regard.attention.checking.subject import MechanismSubject
from regard.attention.guard import lengths
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.laws import Case
from regard.laws.figures import change
from regard.laws.trying import trying

USUAL = Regime(n=40)


@final
class Modes(MechanismLaw):
    """In training and without recording gradients it gives what it gives in eval mode, gradients included.

    Dropout is the shell's. Only what declares itself stochastic may differ in training.
    """

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        for regime in (USUAL, *subject.sizes()):
            mechanism = subject.build(subject.size_of(regime))
            inputs = with_grad(draw_in(mechanism, regime))
            masks = declared_masks(mechanism, b=regime.b, n=regime.n, m=regime.m)
            for name, mask in masks.items():
                with trying(f"{regime.name}, {name}"):
                    for where, figure in _apart(mechanism, inputs, mask):
                        yield f"{regime.name}, {name}, {where}", figure


def _apart(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> Iterator[Case]:
    """How far other modes are from eval mode."""
    expected = _results(mechanism, inputs, mask)
    with torch.no_grad():
        unrecorded = _outputs(mechanism, inputs, mask)
    for part, found in unrecorded.items():
        yield f"without gradient, {part}", change(found, expected[part])
    if mechanism.traits.stochastic:
        return
    trained = copy.deepcopy(mechanism).train()
    for part, found in _results(trained, inputs, mask).items():
        yield f"in training, {part}", change(found, expected[part])
    afterward = trained.eval()(inputs, mask)
    yield "after a call in training, output", change(afterward, expected["output"])


def _results(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> dict[str, Tensor]:
    """The outputs, and the gradients of each to streams and parameters."""
    outputs = _outputs(mechanism, inputs, mask)
    results = dict(outputs)
    for part, output in outputs.items():
        slopes = gradients(output, mechanism, inputs)
        results |= {f"{part}, gradient of {name}": slope for name, slope in slopes.items()}
    return results


def _outputs(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> dict[str, Tensor]:
    """What all queries read, at once and where it streams in pieces, and the weights."""
    outputs = {"output": mechanism(inputs, mask)}
    n, m = lengths(mechanism, inputs)
    if mechanism.traits.weights:
        outputs["weights"] = mechanism.weights(inputs, mask)
    if mechanism.traits.streaming and mask.causal and n == m:
        outputs["pieces"], _ = extended(mechanism, inputs, mask, sorted({0, n // 3, 2 * n // 3, n}))
    return outputs
