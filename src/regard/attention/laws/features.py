"""Features: any number of them, none of which is left over."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.gradients import weighted
from regard.attention.checking.inputs import draw_in, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.regimes import Regime
from regard.attention.checking.subject import MechanismSubject
from regard.laws import Case
from regard.laws.figures import broken_if
from regard.laws.trying import trying

USUAL = Regime(n=24)


@final
class Features(MechanismLaw):
    """Of any number of features each is read, and each comes out, if this is so for 8 and 6 of them."""

    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        usual = _silent(subject, USUAL)
        sizes = [Regime(n=24, key_features=d) for d in subject.depth.key_features]
        sizes += [Regime(n=24, value_features=e) for e in subject.depth.value_features]
        yield "no feature is read", 0.0
        for regime in sizes:
            if subject.accepts(regime):
                with trying(regime.name):
                    for name, silent in _silent(subject, regime).items():
                        left_over = bool(silent) and not usual[name]
                        yield (
                            f"{regime.name}: features {silent} of {name} are left over",
                            broken_if(left_over),
                        )


def _silent(subject: MechanismSubject, regime: Regime) -> dict[str, list[int]]:
    """Which features, counted from 1, of each stream change no output, and which of the output stay 0."""
    mechanism = subject.build(subject.size_of(regime))
    inputs = with_grad(draw_in(mechanism, regime))
    output = mechanism(inputs)
    leaves = {name: each for name, each in inputs.items() if each.numel()}
    slopes = torch.autograd.grad(
        weighted(output), list(leaves.values()), allow_unused=True, materialize_grads=True
    )
    loudness = dict(zip(leaves, slopes, strict=True)) | {"the output": output}
    return {name: _zeros(each) for name, each in loudness.items()}


def _zeros(x: Tensor) -> list[int]:
    return [i + 1 for i, quiet in enumerate((x == 0).all(0).all(0).all(0).tolist()) if quiet]
