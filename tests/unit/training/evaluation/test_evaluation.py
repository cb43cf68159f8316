import pytest
import torch
from tiny_task import Reverse, Stripes
from torch import nn

from regard.core.settings import ModelSettings
from regard.core.spec import Spec
from regard.data.samples import IGNORED
from regard.models import build
from regard.optimization import cross_entropy
from regard.training import evaluate
from regard.training.evaluation.evaluation import evaluating

TASKS = [Reverse(), Stripes()]


def model_for(task, dropout=0.5):
    settings = ModelSettings(layers=1, features=8, heads=2, hidden=16, dropout=dropout)
    return build(task.shape, [Spec("softmax")], settings, seed=0)


class Counting(nn.Module):
    """Counts what goes through."""

    def __init__(self, inner):
        super().__init__()
        self.inner, self.passes, self.modes = inner, 0, set()

    def forward(self, inputs, keys=None):
        self.passes += 1
        self.modes.add((self.training, torch.is_grad_enabled()))
        return self.inner(inputs, keys)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("batch", [1, 7, 20, 1000])
def test_the_size_of_the_batches_changes_nothing(task, batch):
    model = model_for(task)
    whole, parts = (evaluate(model, task, "validation", size) for size in (20, batch))

    assert parts.loss == pytest.approx(whole.loss, rel=1e-5)
    assert torch.equal(parts.scores, whole.scores)
    assert len(parts.scores) == 20


@pytest.mark.parametrize("task", TASKS)
def test_the_loss_and_the_scores_are_those_of_a_pass_in_evaluation_mode(task):
    model, samples = model_for(task).eval(), task.split("validation")
    logits = model(samples.inputs, samples.keys)
    right = (logits.argmax(-1) == samples.targets).view(20, -1).float()
    asked = (samples.targets != IGNORED).view(20, -1)

    found = evaluate(model, task, "validation", 8)

    assert found.loss == pytest.approx(cross_entropy(logits, samples.targets).mean.item(), rel=1e-5)
    torch.testing.assert_close(found.scores, right.sum(1) / asked.sum(1))
    assert found.score == pytest.approx(found.scores.mean().item())


def test_dropout_and_gradients_are_off():
    model = Counting(model_for(Reverse()).train())
    evaluate(model, Reverse(), "validation", 8)

    assert model.modes == {(False, False)}


def test_every_batch_goes_through_the_model_once():
    model = Counting(model_for(Reverse()))
    evaluate(model, Reverse(), "validation", 10)

    assert model.passes == 2


def test_a_score_that_asks_about_other_inputs_gets_the_answer_to_those():
    class Silent(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(()))

        def forward(self, inputs, keys=None):
            return self.scale * nn.functional.one_hot(inputs, 5).float()

    class Asking(Reverse.__base__):
        def __init__(self):
            self.shape, self.chance = Reverse().shape, 0.25

        drawn = Reverse.drawn

        def score(self, predict, samples):
            zeros = torch.zeros_like(samples.inputs)
            return (predict(zeros, None).argmax(-1) == zeros).float().mean(1)

    assert evaluate(Silent(), Asking(), "validation", 8).score == 1


@pytest.mark.parametrize("training", [True, False])
def test_the_mode_from_before_comes_back_even_after_a_failure(training):
    model = model_for(Reverse()).train(training)
    evaluate(model, Reverse(), "validation", 8)
    assert model.training == training

    with pytest.raises(ZeroDivisionError), evaluating(model):
        raise ZeroDivisionError
    assert model.training == training


def test_the_weights_stay_as_they_are():
    model = model_for(Reverse())
    before = {name: value.clone() for name, value in model.state_dict().items()}
    evaluate(model, Reverse(), "validation", 8)

    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
