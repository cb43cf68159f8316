"""Single things about the input that give the answer away."""

import torch

from regard.data.samples import Samples
from regard.data.task import LookUp
from regard.tasks import TASKS
from regard.tasks.set_membership import SetMembership
from task_faults.parts import answers_in_the_input, arithmetic, digits, recall, set_membership, with_samples


def not_shifted():
    return with_samples(arithmetic(), answers_in_the_input)


def slots_not_emptied():
    return with_samples(arithmetic(form="masked"), answers_in_the_input)


def answers_instead_of_queries():
    # uniform distances, at which a look-up of one of them says nothing
    return with_samples(recall(power=1.0, pairs=2), answers_in_the_input)


def length_gives_the_class():
    """Some words have lost their last letter: now those inside have even lengths, those outside odd ones."""
    task = TASKS.build("membership", language="tomita6")

    def cut(samples):
        followed = torch.nn.functional.pad(samples.keys[:, 1:], (0, 1), value=False)
        wrong = samples.keys.sum(1) % 2 == samples.targets
        keys = samples.keys & (followed | ~wrong.unsqueeze(1))
        return Samples(samples.inputs.masked_fill(~keys, task.padding), samples.targets, keys)

    return with_samples(task, cut)


def count_gives_the_class():
    """Where the query is present, element 0 is in the set, at any place: no place tells much."""

    def counted(samples):
        inputs = samples.inputs.clone()
        places = (torch.arange(len(inputs)) % 16).unsqueeze(1)
        told = inputs.scatter(1, places, 0)
        return Samples(torch.where(samples.targets.unsqueeze(1) == 1, told, inputs), samples.targets)

    return with_samples(set_membership(size=16, sizes=()), counted)


def mostly_in_a_token():
    """In 70 of 100 samples."""

    def marked(samples):
        inputs = samples.inputs.clone()
        marks = torch.rand(len(inputs), generator=torch.Generator().manual_seed(0)) < 0.7
        inputs[marks, 0] = samples.targets[marks]
        return Samples(inputs, samples.targets)

    return with_samples(set_membership(), marked)


def class_in_a_pixel():
    """All others are noise, as ink says something of the digit."""

    def marked(samples):
        inputs = torch.rand(samples.inputs.shape, generator=torch.Generator().manual_seed(len(samples)))
        inputs[:, 0, 0, 0] = samples.targets
        return Samples(inputs, samples.targets)

    return with_samples(digits(), marked)


def declared_far_too_high():
    """So high that it would hide a leak."""

    class Hiding(SetMembership):
        known_look_up = LookUp(0.9, "no reason at all")

    return Hiding()
