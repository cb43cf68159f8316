"""Parameters that do not count."""

import warnings
from collections.abc import Iterable, Iterator
from functools import partial
from typing import final

import torch
from torch import Tensor, nn

from regard.laws import Case
from regard.optimization.checking import OptimizerLaw, OptimizerSubject, Trial
from regard.optimization.closure_optimizer import ClosureOptimizer


@final
class LeftOut(OptimizerLaw):
    """Frozen, empty and tied parameters change nothing in how others change, and frozen ones stay."""

    limit = 0.0

    def measure(self, subject: OptimizerSubject) -> Iterator[Case]:
        expected = subject.trial()
        losses = expected.steps(6)
        frozen = nn.Parameter(torch.ones(3, 3, dtype=torch.float64), requires_grad=False)
        empty = nn.Parameter(torch.empty(0, 4, dtype=torch.float64))
        for kind, beside in {"frozen": frozen, "empty": empty}.items():
            trial = Trial(subject.made, beside=[(kind, beside)])
            kept = beside.detach().clone()
            found = trial.steps(6)
            changed = trial.changed(expected.copies()) + float((beside != kept).sum())
            yield kind, changed + float(found != losses)
        trial = Trial(partial(_tied, subject))
        found = trial.steps(6)
        yield "tied", trial.changed(expected.copies()) + float(found != losses)


def _tied(subject: OptimizerSubject, params: Iterable[tuple[str, Tensor]]) -> ClosureOptimizer:
    """The optimizer where every parameter is named a second time, of which torch warns."""
    named = list(params)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*duplicate parameters")
        return subject.made([*named, *((f"again.{name}", each) for name, each in named)])
