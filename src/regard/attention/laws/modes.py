"""Training mode, eval mode, and no recording of gradients."""

import copy
from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.pieces import cuts, extended
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.laws import Case
from regard.laws.figures import change
from regard.laws.trying import trying

N = 40


@final
class Modes(MechanismLaw):
    """In training and without recording gradients it gives what it gives in eval mode, gradients included.

    Dropout is the shell's. Only what declares itself stochastic may differ in training.
    """

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(N))
        inputs = with_grad(draw(mechanism, n=N))
        for name, mask in declared_masks(mechanism, n=N).items():
            with trying(name):
                expected = _results(mechanism, inputs, mask)
                with torch.no_grad():
                    unrecorded = _outputs(mechanism, inputs, mask)
                for part, found in unrecorded.items():
                    yield f"{name}, without gradient, {part}", change(found, expected[part])
                if subject.traits.stochastic:
                    continue
                trained = copy.deepcopy(mechanism).train()
                for part, found in _results(trained, inputs, mask).items():
                    yield f"{name}, in training, {part}", change(found, expected[part])
                afterward = trained.eval()(inputs, mask)
                yield f"{name}, after a call in training, output", change(afterward, expected["output"])


def _results(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> dict[str, Tensor]:
    """The outputs and the gradients to streams and parameters."""
    outputs = _outputs(mechanism, inputs, mask)
    slopes = gradients(outputs["output"], mechanism, inputs)
    return outputs | {f"gradient of {name}": slope for name, slope in slopes.items()}


def _outputs(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> dict[str, Tensor]:
    """What all queries read, at once and where it streams in pieces."""
    outputs = {"output": mechanism(inputs, mask)}
    if mechanism.traits.streaming and mask.causal and not mask.start:
        outputs["pieces"], _ = extended(mechanism, inputs, mask, cuts(N, N // 3))
    return outputs
