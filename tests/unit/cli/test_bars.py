"""What bars say while a search without gradients is under way."""

import io
from dataclasses import replace

import pytest
from rich.console import Console
from training_runs import described

from regard.cli import signs
from regard.cli.bars import RunBars, WholeBar
from regard.core.measurement import Measurement
from regard.core.spec import Spec
from regard.experiment.readers.lines import Lines
from regard.training import fit

WATCHED = ("train/radius", "train/acceptance", "time/evaluations_per_second", "cost/forward_equivalents")


@pytest.fixture(scope="module")
def searched():
    """A search with a budget, and all that it measures."""
    run = described(batch=100)
    run = replace(run, optimizer=Spec.of("pattern_search", radius=0.3))
    run = replace(run, training=replace(run.training, budget=60))
    return run, list(fit(run, device="cpu", evaluator="serial"))


def test_every_report_of_a_search_tells_radius_acceptance_speed_and_cost(searched):
    with_budget, measured = searched
    training = replace(with_budget.training, budget=None, epochs=30, evaluate_every=30)
    without = list(fit(replace(with_budget, training=training), device="cpu", evaluator="serial"))
    for found in (measured, without):
        reports = [each.step for each in found if each.name == "train/loss"]
        assert len(reports) > 2
        for name in WATCHED:
            assert [each.step for each in found if each.name == name] == reports
    assert [each.step for each in without if each.name == "validation/score"] == [30]


def test_what_is_said_below_the_bar_follows_the_search(searched, monkeypatch):
    run, measured = searched
    screen = Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None)
    monkeypatch.setattr(signs, "messages", screen)
    said = []
    with signs.progress() as bars:
        reader = RunBars(bars, [run])
        for each in measured:
            reader.read(run, each)
            if each.name in WATCHED and each.step:
                said.append(bars.tasks[0].fields.get("detail"))
        seen = Console(file=io.StringIO(), width=80)
        seen.print(bars.get_renderable())
        task = bars.tasks[0]

    last = {each.name: each.value for each in measured}
    words = (
        f"radius {last['train/radius']:.3g}, {last['train/acceptance']:.1%} accepted, "
        f"{last['time/evaluations_per_second']:,.0f} evaluations/s, 60 forward-equivalents"
    )
    assert said[-1] == words
    assert len(set(said)) > 3
    assert words in seen.file.getvalue()
    assert (task.total, task.completed) == (60, 60)
    assert words in signs._line(task, "1 s so far")


def test_a_log_says_the_same_line_by_line(searched, capsys, tmp_path):
    run, measured = searched
    reader = Lines(tmp_path)
    for each in measured:
        reader.read(run, each)
    written = capsys.readouterr().err
    assert all(f"{name} " in written for name in WATCHED)


def test_a_method_with_gradients_has_its_bar_in_steps_and_no_details(monkeypatch):
    run = described(epochs=2)
    with signs.progress() as bars:
        reader = RunBars(bars, [run])
        for each in fit(run, device="cpu"):
            reader.read(run, each)
        task = bars.tasks[0]
    assert task.completed == task.total > 0
    assert task.fields["detail"] == ""
    assert task.fields["note"].startswith("validation ")


def test_shares_of_many_runs_are_those_of_their_budgets(searched):
    run, measured = searched
    with signs.progress() as bars:
        whole = WholeBar(bars, "membership", 4)
        cost = [each.value for each in measured if each.name == "cost/forward_equivalents"]
        for each in measured:
            if each.name == "cost/forward_equivalents" and each.value > 30:
                break
            whole.read(run, each)
        assert bars.tasks[0].completed == pytest.approx(max(value for value in cost if value <= 30) / 60)
        whole.read(run, Measurement(100, "train/loss", 0.1))
        assert bars.tasks[0].completed <= 0.5
