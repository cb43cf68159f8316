"""Samples that depend on the options alone."""

from collections.abc import Iterator
from typing import final

import torch

from regard.data.checking import SPLITS, TaskLaw, TaskSubject
from regard.laws import Case
from regard.laws.figures import broken_if


@final
class SameOptions(TaskLaw):
    """A task built again with equal options gives equal samples."""

    limit = 0.0

    def measure(self, subject: TaskSubject) -> Iterator[Case]:
        again = subject.build()
        for name in SPLITS:
            first, second = subject.task.split(name), again.split(name)
            yield f"other inputs of {name}", broken_if(not torch.equal(second.inputs, first.inputs))
            yield f"other targets of {name}", broken_if(not torch.equal(second.targets, first.targets))
