"""Few digits."""

from collections.abc import Iterator
from typing import final

import torch

from regard.laws import Case
from regard.optimization.checking import OptimizerLaw, OptimizerSubject


@final
class HalfPrecision(OptimizerLaw):
    """In half precision weights keep their type and stay finite, and a state goes on the same way."""

    limit = 0.0

    def measure(self, subject: OptimizerSubject) -> Iterator[Case]:
        for dtype in (torch.bfloat16, torch.float16):
            first, second = subject.trial(dtype), subject.trial(dtype)
            first.steps(5)
            kept, weights = first.search.state_dict(), first.copies()
            spoiled = sum(int((~each.isfinite()).sum()) + (each.dtype != dtype) for each in weights)
            yield f"{dtype}, after 5 steps", float(spoiled)
            second.put(weights)
            second.search.load_state_dict(kept)
            expected, found = first.steps(3), second.steps(3)
            yield f"{dtype}, gone on", second.changed(first.copies()) + float(expected != found)
