"""What was tried is undone."""

from collections.abc import Iterator
from typing import final

import torch

from regard.laws import Case
from regard.optimization.checking import OptimizerLaw, OptimizerSubject


@final
class Restored(OptimizerLaw):
    """Where every loss is NaN, no step leaves a trace of what it has tried, bit for bit in any precision."""

    limit = 0.0

    def measure(self, subject: OptimizerSubject) -> Iterator[Case]:
        for dtype in (torch.float64, torch.float32, torch.bfloat16, torch.float16):
            trial = subject.trial(dtype)
            before = trial.copies()
            for _ in range(3):
                trial.search.step(lambda: trial.loss() * torch.nan)  # noqa: B023 - called within this turn
            yield f"{dtype}", trial.changed(before)
