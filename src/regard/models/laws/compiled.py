"""A layer under torch.compile."""

from collections.abc import Iterator
from typing import final

import torch

from regard.laws import Case
from regard.laws.figures import change
from regard.models.checking.law import LayerLaw
from regard.models.checking.subject import LayerSubject, draw


@final
class Compiled(LayerLaw):
    """Traced by torch.compile, a layer with all its options gives what it gives else, and its gradients."""

    def measure(self, subject: LayerSubject) -> Iterator[Case]:
        torch.compiler.reset()
        layer, mask = subject.furnished(), subject.mask()
        # no code is generated: that is torch's business, the tracing is ours
        traced = torch.compile(layer, backend="eager", dynamic=False)
        found = []
        for way in (layer, traced):
            x = draw().requires_grad_()
            mixed = way(x, mask=mask)
            found.append((mixed, *torch.autograd.grad(mixed.square().sum(), x)))
        for name, expected, given in zip(("output", "gradient"), *found, strict=True):
            yield name, change(given, expected)
