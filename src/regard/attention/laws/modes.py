"""Training mode, eval mode, and no recording of gradients."""

import copy
from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw_in, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks, extremes
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

    Dropout is the shell's. Only what declares itself stochastic may differ in training. At other sizes than
    the usual one weights and gradients are compared under few masks.
    """

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        for regime in (USUAL, *subject.sizes()):
            mechanism = subject.build(subject.size_of(regime))
            inputs = with_grad(draw_in(mechanism, regime))
            masks = declared_masks(mechanism, b=regime.b, n=regime.n, m=regime.m)
            thorough = masks if regime is USUAL else extremes(masks)
            for name, mask in masks.items():
                apart = _apart if name in thorough else _outputs_apart
                with trying(f"{regime.name}, {name}"):
                    for where, figure in apart(mechanism, inputs, mask):
                        yield f"{regime.name}, {name}, {where}", figure


def _apart(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> Iterator[Case]:
    """How far outputs, weights and gradients in other modes are from those in eval mode."""
    expected = _results(mechanism, inputs, mask)
    with torch.no_grad():
        unrecorded = _outputs(mechanism, inputs, mask) | _weights(mechanism, inputs, mask)
    for part, found in unrecorded.items():
        yield f"without gradient, {part}", change(found, expected[part])
    if mechanism.traits.stochastic:
        return
    trained = copy.deepcopy(mechanism).train()
    for part, found in _results(trained, inputs, mask).items():
        yield f"in training, {part}", change(found, expected[part])
    yield _afterward(trained, inputs, mask, expected["output"])


def _outputs_apart(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> Iterator[Case]:
    """How far outputs in training, of what draws there in eval mode, are from those without gradient."""
    with torch.no_grad():
        expected = _outputs(mechanism, inputs, mask)
    trained = copy.deepcopy(mechanism).train(not mechanism.traits.stochastic)
    for part, found in _outputs(trained, inputs, mask).items():
        yield f"in another mode, {part}", change(found, expected[part])
    yield _afterward(trained, inputs, mask, expected["output"])


def _afterward(trained: Mechanism, inputs: Streams[Tensor], mask: Mask, expected: Tensor) -> Case:
    with torch.no_grad():
        return "after a call in training, output", change(trained.eval()(inputs, mask), expected)


def _results(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> dict[str, Tensor]:
    """The outputs and weights, and the gradients of each to streams and parameters."""
    results = _outputs(mechanism, inputs, mask) | _weights(mechanism, inputs, mask)
    for part, output in tuple(results.items()):
        slopes = gradients(output, mechanism, inputs)
        results |= {f"{part}, gradient of {name}": slope for name, slope in slopes.items()}
    return results


def _outputs(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> dict[str, Tensor]:
    """What all queries read, at once and where it streams in pieces."""
    outputs = {"output": mechanism(inputs, mask)}
    n, m = lengths(mechanism, inputs)
    if mechanism.traits.streaming and mask.causal and n == m:
        outputs["pieces"], _ = extended(mechanism, inputs, mask, sorted({0, n // 3, 2 * n // 3, n}))
    return outputs


def _weights(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> dict[str, Tensor]:
    return {"weights": mechanism.weights(inputs, mask)} if mechanism.traits.weights else {}
