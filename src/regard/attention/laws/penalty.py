"""The penalty of a mechanism's own that training adds to the loss."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mechanism import Mechanism
from regard.laws import Case
from regard.laws.figures import broken_if, finite
from regard.laws.trying import trying


@final
class Penalty(MechanismLaw):
    """A penalty is one finite number, asked for after each call in training, from which something learns."""

    limit = 0.0

    def exempt(self, subject: MechanismSubject) -> str | None:
        return "has no penalty" if subject.part.auxiliary is Mechanism.auxiliary else None

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        for dtype in (torch.float64, torch.float32):
            mechanism = subject.build(dtype=dtype).train()
            for call in ("first", "second"):
                where = f"{call} call, {dtype}"
                with trying(where):
                    for fault, broken in _faults(mechanism, dtype).items():
                        yield f"{fault}, {where}", broken_if(broken)


def _faults(mechanism: Mechanism, dtype: torch.dtype) -> dict[str, bool]:
    """What may be wrong with the penalty of one step of training, and whether it is."""
    inputs = with_grad(draw(mechanism, dtype=dtype))
    mixed, penalty = mechanism(inputs), mechanism.auxiliary()
    if penalty is None:
        return {"no penalty": False}
    sound = penalty.shape == () and penalty.is_floating_point() and finite(penalty)
    if not sound or not penalty.requires_grad:
        return {"is no finite number": not sound, "nothing learns from it": sound}
    leaves = [*inputs, *(each for each in mechanism.parameters() if each.requires_grad)]
    slopes = torch.autograd.grad(mixed.sum() + penalty, leaves, allow_unused=True)
    return {"its gradient is not finite": not finite(*slopes)}
