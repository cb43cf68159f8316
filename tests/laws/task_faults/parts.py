"""What the faulty tasks are made of: sound tasks, with members or samples replaced."""

from collections.abc import Callable

import torch

from regard.data.checking import SPLITS
from regard.data.samples import IGNORED, Samples
from regard.data.task import Task
from regard.tasks import TASKS


def digits(**options):
    return TASKS.build("digits", **options)


def recall(**options):
    return TASKS.build("recall", **options)


def arithmetic(**options):
    return TASKS.build("arithmetic", **options)


def set_membership(**options):
    return TASKS.build("set_membership", **options)


def replaced(task: Task, **members: object) -> Task:
    """The task with some of its members replaced."""
    for name, member in members.items():
        setattr(task, name, member)
    return task


def with_samples(task: Task, change: Callable[[Samples], Samples]) -> Task:
    """The task with changed samples in all splits."""
    changed = {name: change(task.split(name)) for name in SPLITS}
    return replaced(task, split=changed.__getitem__)


def beyond_of(task: Task, split: str) -> Task:
    """The task with a set beyond training that is one of its splits."""
    return replaced(task, beyond=lambda: {"more of the same": task.split(split)})


def tracking(**chances):
    task = TASKS.build("state_tracking", samples=500, held_out=400, lengths=(32,))
    return replaced(task, chances=lambda: chances)


def answers_in_the_input(samples: Samples) -> Samples:
    asked = samples.targets != IGNORED
    return Samples(torch.where(asked, samples.targets, samples.inputs), samples.targets)
