"""A state goes on."""

import copy
from collections.abc import Iterator
from typing import final

import torch

from regard.laws import Case
from regard.optimization.checking import OptimizerLaw, OptimizerSubject


@final
class GoingOn(OptimizerLaw):
    """Restored from its state after any step, it goes on the same way."""

    limit = 0.0

    def measure(self, subject: OptimizerSubject) -> Iterator[Case]:
        for after in (0, 1, 4):
            first, second = subject.trial(), subject.trial()
            first.steps(after)
            kept = copy.deepcopy(first.search.state_dict())
            with torch.no_grad():
                for to, value in zip(second.weights.values(), first.copies(), strict=True):
                    to.copy_(value)
            second.search.load_state_dict(kept)
            expected, found = first.steps(5), second.steps(5)
            yield f"after {after} steps", second.changed(first.copies()) + float(expected != found)
