"""How losses of single moves are computed changes no training, and is said in its log."""

from dataclasses import replace

import pytest
import safetensors.torch as safetensors
import torch
from training_runs import as_curve, curve, described, taken

from regard.core.errors import InvalidOption
from regard.core.execution import Execution
from regard.core.spec import Spec
from regard.training import fit, refuse
from regard.training.checkpoints.in_memory import InMemory

pytestmark = [
    pytest.mark.filterwarnings("ignore:.* compares losses of one fixed batch"),
    pytest.mark.filterwarnings("ignore:There is a performance drop"),
]


def searched(**settings):
    given = {"epochs": 2, "batch": 20, "evaluate_every": 6, "precision": "64-true"}
    return replace(
        described(**{**given, **settings}), optimizer=Spec.of("pattern_search", radius=0.3, tolerance=1e-12)
    )


def on_several_batches():
    """A search that compares each move on up to four batches, and decides soon."""
    search = Spec.of("pattern_search", radius=0.3, tolerance=1e-12, batch="fresh", tests=4, alpha=0.5)
    return replace(searched(epochs=4), optimizer=search)


def trained(evaluator, run=None):
    """The figures of training, with its cost, and the weights at the end."""
    memory = InMemory()
    found = list(fit(run or searched(), memory, "cpu", evaluator=evaluator))
    told = [m for m in found if m.name in ("train/loss", "train/accepted", "train/radius")]
    cost = next(m.value for m in reversed(found) if m.name == "cost/forward_equivalents")
    return told, cost, safetensors.load(memory.best)


def test_every_evaluator_trains_to_the_same_weights():
    told, cost, weights = trained("serial")

    for evaluator in ("block", "stacked", "delta", "auto"):
        same, other_cost, there = trained(evaluator)
        assert same == told
        assert all(torch.equal(weights[name], there[name]) for name in weights)
        assert other_cost >= cost or evaluator in ("delta", "auto")


def test_moves_that_several_batches_decide_are_the_same_too():
    told, _, weights = trained("serial", on_several_batches())
    same, _, there = trained("delta", on_several_batches())

    assert any(m.name == "train/accepted" and m.value for m in told)
    assert same == told
    assert all(torch.equal(weights[name], there[name]) for name in weights)


@pytest.mark.parametrize("run", [searched(), on_several_batches()], ids=["one batch", "several"])
def test_delta_goes_on_exactly(run, tmp_path, monkeypatch):
    monkeypatch.setattr("regard.training.checkpoints.run_folder.RunFolder.has_time", True)
    first = as_curve(taken(fit(run, tmp_path, device="cpu"), 9))

    assert first | curve(run, tmp_path) == curve(run)


def test_the_log_says_what_answers_and_why(tmp_path):
    for precision, line in (
        ("32-true", "moves: delta"),
        ("bf16-mixed", "moves: serial, and not delta: it needs"),
    ):
        folder = tmp_path / precision
        next(fit(searched(precision=precision), folder, device="cpu"))
        assert line in (folder / "log.txt").read_text()


def test_an_evaluator_that_does_not_know_the_precision_is_refused():
    for evaluator in ("delta", "stacked"):
        with pytest.raises(InvalidOption, match="Give --evaluator auto"):
            refuse(searched(precision="bf16-mixed"), "cpu", evaluator=evaluator)
    with pytest.raises(InvalidOption, match=r"no evaluator called 'dela'.*delta"):
        Execution(evaluator="dela")
