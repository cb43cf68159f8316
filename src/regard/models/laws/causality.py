"""Causality of a layer with everything that it has around its mechanism."""

from collections.abc import Iterator
from typing import Any, final

from torch import Tensor

from regard.attention.mask import Mask
from regard.laws import Case
from regard.laws.figures import change
from regard.laws.surroundings import seeded
from regard.models.attention import Attention
from regard.models.checking.law import LayerLaw
from regard.models.checking.subject import LayerSubject, draw

PRESENT = 13


@final
class Causality(LayerLaw):
    """Under a causal mask no later input changes an earlier output, in training and in evaluation."""

    needs = ("causal",)

    def measure(self, subject: LayerSubject) -> Iterator[Case]:
        x = draw()
        later = x.clone()
        later[:, PRESENT:] = 8 * draw(seed=1)[:, PRESENT:]
        around: dict[str, Any] = {"output_norm": "layer", "output_gate": True}
        for name, more in subject.convolved().items():
            layer = subject.build(**around, **more)
            for training in (False, True):
                layer.train(training)
                before, after = (_drawn(layer, each)[:, :PRESENT] for each in (x, later))
                yield f"{name}, in {'training' if training else 'evaluation'}", change(after, before)


def _drawn(layer: Attention, x: Tensor) -> Tensor:
    """The output, with the same random numbers each time."""
    seeded(0)
    mixed: Tensor = layer(x, mask=Mask(causal=True))
    return mixed
