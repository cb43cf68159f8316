"""Everything on the device of the inputs, which is shown without a GPU."""

import functools
from collections.abc import Callable, Iterator
from typing import final

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from regard.attention.checking.elsewhere import ELSEWHERE, NeedsNumbers, OneDevice, OtherDevice, moved
from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import between, draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.laws import Case
from regard.laws.figures import broken_if
from regard.laws.trying import trying

N = 40

Use = Callable[[Mechanism, Streams[Tensor], Mask], list[Tensor]]


@final
class SameDevice(MechanismLaw):
    """Moved to another device, a mechanism makes all its tensors there: forward, backward, in pieces.

    The device is one without numbers. A use that decides by numbers is followed up to there.
    """

    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(N), dtype=torch.float32).to(ELSEWHERE)
        inputs = with_grad(draw(mechanism, n=N, dtype=torch.float32).map(lambda each: each.to(ELSEWHERE)))
        for name, mask in declared_masks(mechanism, n=N).items():
            for what, use in _uses(mechanism, mask).items():
                with trying(f"{what}, {name}, on another device"):
                    fault = _fault(functools.partial(use, mechanism, inputs, moved(mask)))
                yield f"{what}, {name}: {fault}", broken_if(bool(fault))


def _fault(use: Callable[[], list[Tensor]]) -> str:
    """What lies on another device than the inputs, in words."""
    try:
        with OneDevice():
            made = use()
    except OtherDevice as error:
        return str(error)
    except NeedsNumbers:
        return ""
    return "" if all(each.device == ELSEWHERE for each in made) else "a result or a state lies on the CPU"


def _uses(mechanism: Mechanism, mask: Mask) -> dict[str, Use]:
    """The ways in which a mechanism is used under a mask, by name: from inputs to what comes out."""
    uses: dict[str, Use] = {"output and gradients": _outputs}
    if mechanism.traits.weights:
        uses["weights"] = lambda mechanism, inputs, mask: [mechanism.weights(inputs, mask)]
    if mechanism.traits.streaming and mask.causal and not mask.start:
        uses["pieces"] = _pieces
    return uses


def _outputs(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> list[Tensor]:
    output = mechanism(inputs, mask)
    return [output, *gradients(output, mechanism, inputs).values()]


def _pieces(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> list[Tensor]:
    state = mechanism.initial_state(2, device=ELSEWHERE)
    made = pytree.tree_leaves(state)
    for start, stop in ((0, N // 2), (N // 2, N // 2 + 1), (N // 2 + 1, N)):
        output, state = mechanism.extend(between(inputs, start, stop), mask.rows(start, stop), state)
        made += [output, *pytree.tree_leaves(state)]
    return [each for each in made if isinstance(each, Tensor) and each.dim()]
