"""A state goes on."""

import io
from collections.abc import Iterator
from typing import Any, final

import torch

from regard.laws import Case
from regard.optimization.checking import OptimizerLaw, OptimizerSubject, Trial


@final
class GoingOn(OptimizerLaw):
    """Saved and restored after any loss that ends a step, by whatever allowance, it goes on the same way."""

    limit = 0.0

    def measure(self, subject: OptimizerSubject) -> Iterator[Case]:
        # few losses in a step end it in the middle of what it does, as the last step of a budget
        for allowance in (1, 7, 100):
            for after in (0, 3):
                first = subject.trial()
                first.search.allowance = allowance
                first.steps(after)
                second = Trial(lambda named: subject.made(named, seed=1))
                second.put(first.copies())
                second.search.load_state_dict(_saved(first.search.state_dict()))
                second.search.allowance = first.search.allowance = 100
                expected, found = str(first.steps(3)), str(second.steps(3))
                differs = second.changed(first.copies()) + float(expected != found)
                yield f"after {after} steps of {allowance} losses at most", differs


def _saved(state: dict[str, Any]) -> dict[str, Any]:
    """A state as it comes back from a file, which holds tensors and plain values alone."""
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    kept: dict[str, Any] = torch.load(file, weights_only=True)
    return kept
