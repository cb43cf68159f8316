"""Samples that are drawn anew each time, or that no seed changes."""

import secrets

from regard.data.checking import SPLITS
from task_faults.parts import recall, replaced


def samples_drawn_anew():
    return recall(data_seed=secrets.randbelow(2**40))


def a_split_drawn_anew():
    task, other = recall(), recall(data_seed=secrets.randbelow(2**40))
    splits = {name: task.split(name) for name in SPLITS} | {"validation": other.split("validation")}
    return replaced(task, split=splits.__getitem__)


def a_seed_without_effect(*, data_seed=0):
    return recall()
