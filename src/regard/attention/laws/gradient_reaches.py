"""Whether every parameter and every stream can learn."""

from collections import defaultdict
from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.laws import Case
from regard.laws.figures import broken_if, finite


@final
class GradientReaches(MechanismLaw):
    """A gradient that is finite and not 0 reaches every parameter and every stream that is declared.

    That of the output or of the penalty: what chooses keys may learn by the latter alone.
    """

    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build().train()
        reached: dict[str, float] = defaultdict(float)
        # a parameter may serve one kind of mask only: it is enough that some gradient reaches it
        for case, mask in declared_masks(mechanism, n=mechanism.size.length).items():
            inputs = with_grad(draw(mechanism))
            for leaf, slope in gradients(_learned_from(mechanism, inputs, mask), mechanism, inputs).items():
                yield f"{leaf}, {case}, not finite", broken_if(not finite(slope))
                reached[leaf] += slope.abs().max().item()
        for leaf, total in reached.items():
            yield f"nothing reaches {leaf}", broken_if(total == 0)


def _learned_from(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> Tensor:
    """What all queries read, and the penalty where there is one."""
    mixed, penalty = mechanism(inputs, mask), mechanism.auxiliary()
    return mixed if penalty is None else torch.cat([mixed.flatten(), penalty.reshape(1)])
