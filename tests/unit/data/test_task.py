"""What every task inherits."""

from typing import final

import pytest
import torch

from regard.core.errors import InvalidOption
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.data.samples import IGNORED, Samples
from regard.data.task import Task


@final
class Echo(Task):
    """Say the token that is there."""

    metric = "accuracy"

    def __init__(self, *, length: int = 4) -> None:
        self.require_between("length", length, 1, 2000)
        self.shape = Shape(TokenInput(5, length, causal=False), TokenOutput(5))
        self.chance = 0.2

    def split(self, name):
        return Samples(torch.zeros(1, 4).long(), torch.zeros(1, 4).long())

    def identities(self, samples):
        return [str(row) for row in samples.inputs.tolist()]

    def show(self, samples, i):
        return str(samples.inputs[i].tolist())


def echo(inputs, keys):
    return torch.nn.functional.one_hot(inputs, 5).float()


def test_the_score_is_the_share_of_right_answers_among_those_asked_for():
    inputs = torch.tensor([[1, 2, 3, 4], [1, 2, 3, 4]])
    targets = torch.tensor([[1, 2, IGNORED, 0], [IGNORED, IGNORED, IGNORED, 4]])
    scores = Echo().score(echo, Samples(inputs, targets))
    torch.testing.assert_close(scores, torch.tensor([2 / 3, 1.0]))


def test_a_sample_in_which_nothing_is_asked_scores_nothing():
    scores = Echo().score(echo, Samples(torch.ones(1, 4).long(), torch.full((1, 4), IGNORED)))
    assert scores.tolist() == [0.0]


def test_a_class_is_right_or_wrong():
    logits = torch.eye(3)
    scores = Echo().score(lambda inputs, keys: logits, Samples(torch.zeros(3, 4), torch.tensor([0, 1, 1])))
    assert scores.tolist() == [1.0, 1.0, 0.0]


def test_the_score_hands_the_padding_to_the_model():
    keys = torch.ones(1, 4).bool()
    given = []

    def listening(inputs, keys):
        given.append(keys)
        return echo(inputs, keys)

    Echo().score(listening, Samples(torch.ones(1, 4).long(), torch.ones(1, 4).long(), keys))
    assert given[0] is keys


def test_a_task_has_no_rule_no_augmentation_and_feeds_nothing_back_unless_it_says_so():
    task, samples = Echo(), Samples(torch.ones(1, 4).long(), torch.ones(1, 4).long())
    assert task.solve(samples) is None
    assert task.fed_back(samples) is None
    assert task.augment(samples, torch.Generator()) is samples
    assert task.prepare(samples) is samples
    assert task.picture(samples, 0) is None
    assert task.details(echo, samples) == task.beyond() == {}


def test_a_sequence_is_read_as_numbers_unless_the_task_says_otherwise():
    assert Echo().text(torch.tensor([3, 0, 12])) == "3 0 12"


def test_samples_beyond_memory_are_refused_in_one_line():
    Echo().require_room(2**20, 2**8)
    message = (
        r"^test_task: 1,048,577 samples of length 256 are more than 268,435,456 tokens\. Lower `size`\.$"
    )
    with pytest.raises(InvalidOption, match=message):
        Echo().require_room(2**20 + 1, 2**8, lower="size")


def test_a_task_is_named_after_its_file_in_errors_too():
    assert Echo().name == "test_task"
    with pytest.raises(
        InvalidOption, match=r"^test_task: length must lie between 1 and 2,000, but is 5,000\.$"
    ):
        Echo(length=5000)
