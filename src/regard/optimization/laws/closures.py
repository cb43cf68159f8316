"""What a closure returns."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import final

from torch import Tensor

from regard.laws import Case
from regard.laws.trying import trying
from regard.optimization.checking import OptimizerLaw, OptimizerSubject, elsewhere

FORMS: Mapping[str, Callable[[Tensor], Tensor | float]] = MappingProxyType(
    {
        "a float": lambda loss: loss.item(),
        "a tensor of one entry": lambda loss: loss.reshape(1),
        "a tensor with a graph": lambda loss: loss.clone().requires_grad_(),
        "a tensor on another device": elsewhere,
    }
)


@final
class Closures(OptimizerLaw):
    """A loss may be a number, or a tensor of one entry on any device: that makes no difference."""

    limit = 0.0

    def measure(self, subject: OptimizerSubject) -> Iterator[Case]:
        expected = subject.trial()
        losses = expected.steps(6)
        for kind, form in FORMS.items():
            with trying(f"{kind} as the loss"):
                trial = subject.trial()
                found = [trial.search.step(lambda: form(trial.loss())) for _ in range(6)]  # noqa: B023
                yield kind, trial.changed(expected.copies()) + float(found != losses)
