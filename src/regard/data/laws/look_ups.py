"""Shortcuts: single features of the input that give the answer away."""

from collections.abc import Iterator, Mapping
from statistics import NormalDist
from typing import final

import torch
from torch import Tensor

from regard.core.randomness import generator_of
from regard.data.checking import TaskLaw, TaskSubject
from regard.data.checking.look_ups import look_ups
from regard.data.checking.predictors import classes, reciting
from regard.data.samples import Samples
from regard.data.task import Task
from regard.laws import Case

TRAINED, TESTED = 4000, 1000
"""Samples from which look-ups learn and on which they are tested, at most."""
LOGITS = 2**22
"""Of one look-up, at most: there are many look-ups."""
LUCK = -4.0
"""How many standard errors a look-up may exceed its expectation by. For the best of k look-ups that tail
probability is divided by k (Bonferroni)."""
SLACK = 0.1
"""By how much a declared score may exceed what any look-up reaches: declared too high, it hides faults."""


@final
class LookUps(TaskLaw):
    """No single thing about the input gives the answer away beyond chance, or beyond what the task declares.

    Looked up are a pixel, the token at any one distance that may be read there, and, where there is one class
    for a sequence, its length or how often a token occurs.
    """

    limit = 1.0

    def measure(self, subject: TaskSubject) -> Iterator[Case]:
        task = subject.task
        # images of real data have 100,000 pixels, and files are sorted by class
        train, test = _some(task.split("train"), TRAINED), task.split("test")
        test = _some(test, min(TESTED, LOGITS // (classes(task) * test.targets[0].numel())))
        found = _found(task, look_ups(task, train, test), test)
        known = task.known_look_up
        expected = task.chance if known is None else max(known.score, task.chance)
        for name, (mean, luck) in found.items():
            yield f"a look-up of {name} scores {mean:.3f}, not {expected:.3f}", (mean - expected) / luck
        best, luck = max(found.values())
        far = (expected - best) / (luck + SLACK) if known else 0.0
        yield f"declared to score {expected:.3f}, but the best look-up scores {best:.3f}", far


def _found(task: Task, answers: Mapping[str, Tensor], test: Samples) -> dict[str, tuple[float, float]]:
    """The mean score of each look-up, and by how much it may exceed its expectation by luck."""
    allowed, found = _allowed_luck(len(answers)), {}
    for name, answer in answers.items():
        scores = task.score(reciting(task, answer), test).double()
        luck = allowed * scores.std().item() / len(test) ** 0.5 + 1 / len(test)
        found[name] = scores.mean().item(), luck
    return found


def _allowed_luck(count: int) -> float:
    """How many standard errors the best of so many look-ups may be lucky by."""
    normal = NormalDist()
    return -normal.inv_cdf(normal.cdf(LUCK) / count)


def _some(samples: Samples, count: int) -> Samples:
    """Samples from all over a split."""
    return samples[torch.randperm(len(samples), generator=generator_of(0, "laws", "look-ups"))[:count]]
