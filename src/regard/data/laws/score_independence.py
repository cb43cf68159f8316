"""Scores that do not depend on other samples."""

from collections.abc import Iterator
from typing import final

import torch

from regard.data.checking import TaskLaw, TaskSubject
from regard.data.checking.predictors import always, guesses
from regard.laws import Case
from regard.laws.figures import change

MOST = 50
"""Samples that are scored."""


@final
class ScoreIndependence(TaskLaw):
    """Alone as among others a sample gets the same score, from 0 to 1."""

    limit = 0.0

    def measure(self, subject: TaskSubject) -> Iterator[Case]:
        task, samples = subject.task, subject.task.split("test")[:MOST]
        guess = always(task, guesses(task.split("train").targets)[-1])
        together = task.score(guess, samples)
        alone = [task.score(guess, samples[i : i + 1]) for i in range(len(samples))]
        yield "together and alone", change(together, torch.cat(alone))
        yield "below 0", max(-together.min().item(), 0.0)
        yield "above 1", max(together.max().item() - 1, 0.0)
