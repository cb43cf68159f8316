"""The formula for matrix products against torch's counter."""

from collections.abc import Iterator
from typing import final

from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from regard.attention.mechanism import Mechanism
from regard.attention.size import Size
from regard.attention.trial.inputs import draw
from regard.attention.trial.law import MechanismLaw
from regard.attention.trial.subject import Subject
from regard.laws import Case


@final
class Flops(MechanismLaw):
    """The formula counts the matrix products that torch's counter sees in one unmasked forward pass."""

    limit = 0.01

    def measure(self, subject: Subject) -> Iterator[Case]:
        size = subject.size()
        mechanism, lengths = subject.build(size), [(size.length, size.length)]
        if not (subject.traits.needs_grid or subject.traits.fixed_length):
            lengths.append((200, 200))
        if subject.traits.cross:
            lengths += [(40, 70), (70, 40)]
        for n, m in lengths:
            counted, formula = _counted(mechanism, size, n, m), mechanism.cost(n, m).matmul_flops
            apart = abs(counted - formula) / max(counted, formula, 1)
            yield f"n = {n}, m = {m}: {counted} counted, {formula} by formula", apart


def _counted(mechanism: Mechanism, size: Size, n: int, m: int) -> int:
    # the plain backend: the counter takes torch's fused kernel on a CPU for 0
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        mechanism(*draw(size, b=1, n=n, m=m))
    return counter.get_total_flops()
