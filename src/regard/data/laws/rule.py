"""The rule: proof that the task can be solved."""

from collections.abc import Iterator
from dataclasses import replace
from typing import final

import torch
from torch import Tensor

from regard.data.checking import TaskLaw, TaskSubject
from regard.laws import Case


@final
class Rule(TaskLaw):
    """The rule answers every question, without having seen a target."""

    needs = ("rule",)
    limit = 0.0

    def measure(self, subject: TaskSubject) -> Iterator[Case]:
        for name, samples in subject.sets.items():
            found = subject.task.solve(replace(samples, targets=torch.zeros_like(samples.targets)))
            yield f"targets of {name} that the rule misses", _share(found != samples.targets)


def _share(wrong: Tensor | bool) -> float:
    """Of tensors of different shapes a comparison is no tensor."""
    return wrong.double().mean().item() if isinstance(wrong, Tensor) else 1.0
