"""The loss it has."""

from collections.abc import Iterator
from typing import final

import torch

from regard.laws import Case
from regard.optimization.checking import OptimizerLaw, OptimizerSubject


@final
class KnownLoss(OptimizerLaw):
    """What compares losses of different steps says, in any precision, the loss at its parameters."""

    needs = ("closure", "compares")
    limit = 0.0

    def measure(self, subject: OptimizerSubject) -> Iterator[Case]:
        for dtype in (torch.float64, torch.bfloat16, torch.float16):
            trial = subject.trial(dtype)
            for step in range(1, 13):
                said = trial.steps(1)[0]
                with torch.no_grad():
                    yield f"{dtype}, after step {step}", float(said != float(trial.loss()))
