"""Problems and inputs in two splits."""

import itertools

import torch

from regard.data.checking import SPLITS
from regard.data.samples import Samples
from task_faults.parts import arithmetic, beyond_of, digits, recall, replaced


def swapped_operands_in_another_split():
    """12+34 may be trained and 34+12 tested, as in most published code."""
    task = arithmetic()
    splits = [task.split(name) for name in SPLITS]
    samples = Samples(torch.cat([s.inputs for s in splits]), torch.cat([s.targets for s in splits]))
    order = torch.randperm(len(samples), generator=torch.Generator().manual_seed(0))
    parts = {"train": order[:8000], "validation": order[8000:9000], "test": order[9000:]}
    return replaced(task, split=lambda name: samples[parts[name]])


def tested_on_training_data():
    task = digits()
    train = task.split("train")
    return replaced(task, split=lambda name: train)


def trained_on_what_lies_beyond():
    return beyond_of(recall(), "train")


def tested_twice():
    return beyond_of(digits(), "test")


def rows_in_two_splits_under_other_names():
    """Each sample is a problem of its own, wherever its like is: so the splits share none by name."""
    task, names = recall(), itertools.count()
    splits = {name: task.split(name) for name in SPLITS}
    splits["test"] = splits["train"][: len(splits["test"])]
    return replaced(
        task, split=splits.__getitem__, identities=lambda samples: [str(next(names)) for _ in samples.inputs]
    )
