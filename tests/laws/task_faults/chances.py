"""Rules that read or forget, and chances that nobody reaches."""

from regard.data.samples import Samples
from regard.tasks import TASKS
from task_faults.parts import arithmetic, digits, recall, replaced, tracking


def rule_that_reads_the_targets():
    return replaced(recall(), solve=lambda samples: samples.targets)


def rule_that_only_adds():
    task, adding = arithmetic(operation="both"), arithmetic()

    def solve(samples):
        plus = samples.inputs.clone()
        plus[:, task.digits] = 10
        return adding.solve(Samples(plus, samples.targets))

    return replaced(task, solve=solve)


def chance_over_keys_and_values():
    return replaced(recall(vocabulary=32), chance=1 / 32)


def chance_of_one_digit():
    return replaced(arithmetic(), chance=0.1)


def chance_a_little_too_high():
    """A share of many tokens varies less than a single token does."""
    return replaced(TASKS.build("state_tracking"), chance=0.53)


def no_chance():
    return replaced(digits(), chance=0.0)


def a_set_without_a_chance():
    return tracking(final=0.5)


def chance_of_a_detail_too_low():
    return tracking(**{"final": 0.25, "length 32": 0.5})
