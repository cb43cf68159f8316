"""The recurrent form against the parallel one."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, State
from regard.attention.trial.gradients import gradients
from regard.attention.trial.inputs import Inputs, draw
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import Case
from regard.laws.figures import change

STEPS = 40


@final
class StepByStep(MechanismLaw):
    """Position by position gives what all at once gives, gradients included."""

    needs = ("streaming",)

    def measure(self, subject: Subject) -> Iterator[Case]:
        size = subject.size(STEPS)
        mechanism, inputs = subject.build(size), draw(size, n=STEPS).with_grad()
        together = mechanism(*inputs, Mask(causal=True))
        streamed, states = _stream(mechanism, inputs)
        yield "output", change(streamed, together)
        expected = gradients(together, mechanism, inputs)
        for name, slope in gradients(streamed, mechanism, inputs).items():
            yield f"gradient of {name}", change(slope, expected[name])
        for position in (0, 1, STEPS - 1):
            again, _ = _step(mechanism, inputs, position, states[position])
            yield f"position {position} once more", change(again, streamed[:, :, position])


def _step(mechanism: Mechanism, inputs: Inputs, position: int, state: State) -> tuple[Tensor, State]:
    q, k, v = (each[:, :, position] for each in inputs)
    return mechanism.step(q, k, v, state)


def _stream(mechanism: Mechanism, inputs: Inputs) -> tuple[Tensor, list[State]]:
    """All outputs, and the state before each position."""
    outputs, states = [], [mechanism.initial_state(inputs.q.shape[0])]
    for position in range(inputs.q.shape[2]):
        output, state = _step(mechanism, inputs, position, states[-1])
        outputs.append(output)
        states.append(state)
    return torch.stack(outputs, 2), states
