"""Queries and keys that are both large, against float64."""

from collections.abc import Iterator
from typing import final

import torch

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.regimes import Regime
from regard.attention.checking.subject import MechanismSubject
from regard.laws import Case
from regard.laws.figures import relative_error
from regard.laws.trying import trying

LOUDNESS = (64, 1024)
"""Powers of two, by which nothing is rounded."""

REGIME = Regime(n=48, scale=0.25, dtype=torch.float32)
"""Scaled by a power of two as well: the scores of streams in bfloat16 are then exact in float32."""


@final
class LoudScores(MechanismLaw):
    """With queries and keys both up to 1024 times as large, float32 still gives what float64 gives."""

    limit = 1e-3

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        narrow = subject.build(subject.size_of(REGIME), dtype=torch.float32)
        wide = subject.build(subject.size_of(REGIME))
        wide.load_state_dict(narrow.state_dict())
        drawn = draw(narrow, n=REGIME.n, dtype=torch.bfloat16).map(torch.Tensor.float)
        for loudness in LOUDNESS:
            loud = {name: loudness * each for name, each in drawn.items() if name in ("q", "k")}
            inputs = drawn.replace(**loud)
            for name, mask in declared_masks(narrow, n=REGIME.n).items():
                where = f"q and k times {loudness}, {name}"
                with trying(where):
                    exact = wide(inputs.map(torch.Tensor.double), mask)
                    yield where, relative_error(narrow(inputs, mask).double(), exact)
