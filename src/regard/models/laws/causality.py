"""Causality of a layer with everything that it has around its mechanism."""

from collections.abc import Iterator
from typing import Any, final

from regard.attention.mask import Mask
from regard.laws import Case
from regard.laws.figures import change
from regard.models.checking.law import LayerLaw
from regard.models.checking.subject import LayerSubject, draw
from regard.models.checking.uses import drawing_alike

PRESENT = 13


@final
class Causality(LayerLaw):
    """Under a causal mask no later input changes an earlier output, in training and in evaluation."""

    needs = ("causal",)

    def measure(self, subject: LayerSubject) -> Iterator[Case]:
        x, mask = draw(), Mask(causal=True)
        later = x.clone()
        later[:, PRESENT:] = 8 * draw(seed=1)[:, PRESENT:]
        around: dict[str, Any] = {"output_norm": "layer", "output_gate": True}
        for name, more in subject.convolved().items():
            layer = subject.build(**around, **more)
            for training in (False, True):
                layer.train(training)
                before, after = (drawing_alike(layer, each, mask)[:, :PRESENT] for each in (x, later))
                yield f"{name}, in {'training' if training else 'evaluation'}", change(after, before)
