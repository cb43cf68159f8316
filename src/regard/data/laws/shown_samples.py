"""Samples as a line of text."""

from collections.abc import Iterator
from dataclasses import replace
from typing import final

import torch

from regard.data.checking import TaskLaw, TaskSubject
from regard.data.checking.predictors import classes
from regard.data.samples import IGNORED
from regard.laws import Case
from regard.laws.figures import broken_if

MOST = 20
"""Samples that are shown."""


@final
class ShownSamples(TaskLaw):
    """A sample shows as one line that tells its target: another target shows differently."""

    limit = 0.0

    def measure(self, subject: TaskSubject) -> Iterator[Case]:
        task, samples = subject.task, subject.task.split("test")[:MOST]
        other = torch.where(samples.targets == IGNORED, IGNORED, (samples.targets + 1) % classes(task))
        for i in range(len(samples)):
            line = task.show(samples, i)
            yield f"sample {i} is not one line", broken_if(not line.strip() or "\n" in line)
            changed = task.show(replace(samples, targets=other), i)
            yield f"sample {i} shows alike with another target", broken_if(line == changed)
