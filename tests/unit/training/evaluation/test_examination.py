"""The test split with its details, and the sets beyond it."""

import math
from typing import final

import pytest
import torch
from torch import nn

from regard.core.shapes import ClassOutput, Shape, TokenInput, TokenOutput
from regard.data.samples import Samples
from regard.data.task import Task
from regard.training.evaluation.examination import batch_beyond, examine


@final
class Constant(nn.Module):
    """The same logits whatever comes."""

    def __init__(self, logits):
        super().__init__()
        self.logits = nn.Parameter(torch.tensor(logits))

    def forward(self, inputs, keys=None):
        return self.logits.expand(len(inputs), -1)


class Known(Task):
    metric = "accuracy"
    chance = 0.5

    def __init__(self):
        self.shape = Shape(TokenInput(9, 1, causal=False), ClassOutput(3))

    def split(self, name):
        assert name == "test"
        return Samples(torch.arange(5).unsqueeze(1), torch.tensor([0, 1, 2, 1, 1]))

    def beyond(self):
        return {"longer": Samples(torch.arange(2).unsqueeze(1), torch.tensor([1, 0]))}

    def details(self, predict, samples):
        says_nothing = torch.full((len(samples),), math.nan)
        even = torch.where(samples.inputs[:, 0] % 2 == 0, samples.inputs[:, 0].double(), math.nan)
        return {"even": even, "nothing": says_nothing}

    def identities(self, samples):
        return [str(i) for i in samples.inputs[:, 0].tolist()]

    def show(self, samples, i):
        return str(i)


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_figures_are_means_over_samples_of_which_they_say_something(batch):
    found = examine(Constant([0.0, 1.0, 0.0]), Known(), batch)

    assert found.figures["score"] == pytest.approx(3 / 5)
    assert found.figures["even"] == 2  # of 0, 2 and 4
    assert "nothing" not in found.figures
    assert found.figures["longer/score"] == 0.5
    assert found.figures["longer/even"] == 0
    assert {"loss", "longer/loss"} < found.figures.keys()


def test_every_test_sample_has_a_prediction_in_order():
    class Copies(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.eye(3))

        def forward(self, inputs, keys=None):
            return self.weight[inputs[:, 0] % 3]

    assert examine(Copies(), Known(), 2).predictions.tolist() == [0, 1, 2, 0, 1]


def test_sequences_have_no_predicted_class():
    task = Known()
    task.shape = Shape(TokenInput(9, 1, causal=False), TokenOutput(3))
    assert examine(Constant([0.0, 1.0, 0.0]), task, 2).predictions is None


def test_every_sample_goes_through_the_model_once_with_its_details():
    class Asking(Known):
        def details(self, predict, samples):
            return {"likeliest": predict(*samples.given).amax(-1)}

    model, passes = Constant([0.0, 1.0, 0.0]), []
    model.register_forward_hook(lambda *_: passes.append(1))
    examine(model, Asking(), 5)
    assert len(passes) == 2  # the test split and the set beyond it


def test_sets_that_are_longer_are_read_in_smaller_batches():
    """Four times as long: a sixteenth at once, so that attention matrices take no more memory."""

    def samples(count, length):
        return Samples(torch.zeros(count, length, dtype=torch.int64), torch.zeros(count, dtype=torch.int64))

    test = samples(4, 32)
    assert [batch_beyond(samples(4, length), test, 64) for length in (16, 32, 64, 128, 1024)] == [
        64,
        64,
        16,
        4,
        1,
    ]
