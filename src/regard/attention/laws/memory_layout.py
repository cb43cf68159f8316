"""Strided inputs: heads split off from features by a view, as the shell gives them, and other layouts."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import final

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

N = 40

Layout = Callable[[Tensor], Tensor]

LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {
        "heads inside": lambda x: x.transpose(1, 2).contiguous().transpose(1, 2),
        "features outside": lambda x: x.mT.contiguous().mT,
        "every other number": lambda x: x.repeat_interleave(2, -1)[..., ::2],
    }
)
"""The same tensor, otherwise in memory: as (b n h d), as (b h d n), and with gaps."""


@final
class MemoryLayout(MechanismLaw):
    """The order in which streams, and gradients of the output, lie in memory changes nothing.

    Nor does it matter whether examples that are equal lie in memory once or several times.
    """

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(N))
        drawn = draw(mechanism, n=N)
        alike = draw(mechanism, b=1, n=N)
        expanded = alike.map(lambda each: each.expand(2, -1, -1, -1))
        for name, mask in declared_masks(mechanism, n=N).items():
            expected = _results(mechanism, drawn, mask)
            for order, layout in LAYOUTS.items():
                for part, found in _results(mechanism, drawn.map(layout), mask, layout).items():
                    yield f"{order}, {name}, {part}", change(found, expected[part])
            written_out = expanded.map(Tensor.contiguous)
            yield f"one for all, {name}", change(mechanism(expanded, mask), mechanism(written_out, mask))


def _results(
    mechanism: Mechanism, streams: Streams[Tensor], mask: Mask, layout: Layout = lambda x: x
) -> dict[str, Tensor]:
    """Outputs, all at once and in pieces, and gradients, that of the output lying in memory as streams do."""
    # a leaf keeps the layout of what it is a copy of
    leaves = with_grad(streams)
    output = mechanism(leaves, mask)
    results = {"output": output}
    if output.requires_grad:
        output.register_hook(layout)
    slopes = gradients(output, mechanism, leaves)
    results |= {f"gradient of {name}": slope for name, slope in slopes.items()}
    if mechanism.traits.streaming and mask.causal and not mask.start:
        results["pieces"], _ = extended(mechanism, streams, mask, cuts(N, N // 3))
    return results
