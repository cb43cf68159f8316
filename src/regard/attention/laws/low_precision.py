"""Long sequences in bfloat16 and under autocast."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.pieces import extended
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.laws import Case
from regard.laws.figures import relative_error

LENGTH = 512
"""Beyond 256, up to where bfloat16 tells whole numbers apart."""


@final
class LowPrecision(MechanismLaw):
    """In bfloat16 and under autocast the output is near to that in float32, at once and in pieces."""

    # what chooses keys by their scores chooses others where scores are rounded
    limit = 0.2

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        size = subject.size(LENGTH)
        narrow, wide = subject.build(size, dtype=torch.bfloat16), subject.build(size, dtype=torch.float32)
        wide.load_state_dict(narrow.state_dict())
        inputs = draw(narrow, b=1, n=LENGTH, dtype=torch.bfloat16)
        for causal in (False, True) if subject.traits.causal else (False,):
            mask, name = Mask(causal=causal), "causal" if causal else "not causal"
            for way, mixed, expected in _ways(narrow, wide, inputs, mask):
                yield f"{way}, {name}", relative_error(mixed.float(), expected)


def _ways(
    narrow: Mechanism, wide: Mechanism, inputs: Streams[Tensor], mask: Mask
) -> Iterator[tuple[str, Tensor, Tensor]]:
    """By name: the output in low precision, and that in float32 of the same streams."""
    widened = inputs.map(torch.Tensor.float)
    expected = wide(widened, mask)
    yield "bfloat16", narrow(inputs, mask), expected
    with torch.autocast("cpu", torch.bfloat16):
        mixed = wide(widened, mask)
    yield "autocast", mixed, expected
    if mask.causal and narrow.traits.streaming:
        streamed, _ = extended(narrow, inputs, mask, [0, 300, LENGTH])
        yield "bfloat16 in pieces", streamed, expected
