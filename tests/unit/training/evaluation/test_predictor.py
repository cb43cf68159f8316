"""What a task asks of a model that is evaluated: logits once, and answers written with a state."""

import pytest
import torch

from regard import ModelSettings, Spec
from regard.data.decoding import decode_greedily
from regard.data.samples import IGNORED
from regard.models import build
from regard.tasks import TASKS
from regard.training.evaluation.predictor import Predictor


def read(name, mechanism, **options):
    task = TASKS.build(name, **options)
    samples = task.split("validation")[:64]
    settings = ModelSettings(features=32, heads=2, hidden=64, layers=2)
    model = build(task.shape, [Spec.of(mechanism)], settings, seed=0)
    _trained(model, task.split("train")[:256])
    return task, samples, model.eval()


def _trained(model, samples):
    """A few steps, so that what is written is not one token over and over."""
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    for _ in range(30):
        logits = model(*samples.given).flatten(0, 1)
        loss = torch.nn.functional.cross_entropy(logits, samples.targets.flatten(), ignore_index=IGNORED)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


@pytest.mark.parametrize("mechanism", ["softmax", "linear", "delta"])
@pytest.mark.parametrize(("name", "count", "end"), [("arithmetic", 3, None), ("scan", 49, 2)])
def test_tokens_and_scores_are_those_of_reading_everything_again(name, count, end, mechanism):
    task, samples, model = read(name, mechanism)
    with torch.no_grad():
        predictor = Predictor(model, samples, model(*samples.given))
        prompt = task.writing.given(samples)
        written = decode_greedily(predictor, prompt, count, end)

        assert torch.equal(written, decode_greedily(model, prompt, count, end))
        assert torch.equal(task.score(predictor, samples), task.score(model, samples))
    assert len(written.unique()) > 2


def test_what_was_read_is_not_read_again():
    _, samples, model = read("arithmetic", "softmax")
    predictor, calls = Predictor(model, samples, torch.zeros(1)), []
    model.register_forward_hook(lambda *rest: calls.append(rest))

    assert predictor(*samples.given) is predictor.logits
    assert not calls
    assert predictor(samples.inputs.clone(), None).shape[0] == len(samples)
    assert len(calls) == 1
