"""What is drawn of a comparison of optimizers: by the page, and by the notebook."""

import json
from pathlib import Path

import pytest

from regard.core.results import OptimizersResult
from regard.core.results.optimizers import Course
from regard.pages.palette import styles
from regard.report.figures.optimizer_curves import ALL_AGAINST, _mean_curve, draw_losses
from regard.report.page import render_page
from regard.report.study_section import StudySection, draw_study
from regard.report.write import _plate
from regard.store import Store

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "docs/results/derivative_free"
STORED = sorted(FOLDER.glob("*.json"))


@pytest.fixture(scope="module", params=["parity", "width"])
def result(request) -> OptimizersResult:
    """One model and two."""
    return OptimizersResult.read(FOLDER / f"{request.param}.json")


def test_the_page_tells_fit_from_generalization_and_draws_every_figure(result, tmp_path):
    looks = styles([(row.label, row.optimizer.name) for row in result.rows])
    (tmp_path / "figures").mkdir()
    plates = {
        kind: _plate(kind, draw, tmp_path / "figures") for kind, draw in draw_study("study", result, looks)
    }
    page = render_page([StudySection(name="study", plates=plates, looks=looks, exams=(), result=result)])
    assert "could not be drawn" not in page
    assert "Fit and generalization at the equal budget" in page
    assert all(f"</svg> {row.label}" in page for row in result.rows)
    late = [row for group in result.groups for row in group.rows if group.level and not row.reached]
    assert ("not reached" in page) == bool(late)
    assert "Without gradients, pattern_search" in page
    for against in ("forward-equivalents", "seconds of training", "accepted moves"):
        titles = [f"What a {what} costs in {against}" for what in ("score", "loss")]
        assert all(page.count(title) == len(result.groups) for title in titles)
        assert page.count(f">{against}</label>") == len(result.groups)
    assert page.count(" checked>") == len(result.groups)


def test_curves_against_moves_are_of_those_who_count_them(result):
    looks = styles([(row.label, row.optimizer.name) for row in result.rows])
    for against in ALL_AGAINST:
        drawing = draw_losses("study", result.groups[0], looks, against)
        counting = [row for row in result.groups[0].rows if row.courses[0].accepted]
        rows = counting if against.name == "moves" else result.groups[0].rows
        assert len(drawing.panels) == len(rows) > 0
        assert all(row.label[:8] in panel.alt for row, panel in zip(rows, drawing.panels, strict=True))


def test_a_mean_curve_has_of_each_seed_the_last_value_by_then_as_far_as_all_go():
    courses = [
        Course(
            seed=0,
            digest="a",
            outcome="finished",
            accepted=(0.0, 1.0, 1.0, 10.0),
            losses=(4.0, 3.0, 2.0, 1.0),
        ),
        Course(seed=1, digest="b", outcome="finished", accepted=(0.0, 5.0, 100.0), losses=(8.0, 6.0, 5.0)),
    ]
    moves = ALL_AGAINST[2]
    # after one move: the last value there, 2, and the first one of the other seed; nothing at no move at all
    assert _mean_curve(courses, "losses", moves) == [(0.0, 5.0), (1.0, 3.5)]


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_the_stored_figures_are_those_of_their_curves(path):
    result = OptimizersResult.read(path)
    for row in result.rows:
        ends = [course.losses[-1] for course in row.courses]
        assert row.at_budget.loss.mean == pytest.approx(sum(ends) / len(ends))
        level = next(group.level for group in result.groups if row in group.rows)
        assert row.reached == sum(level is not None and min(c.losses) <= level for c in row.courses)


def test_the_notebook_redraws_the_stored_results(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("MPLBACKEND", "agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415 - after the backend is chosen

    plt.switch_backend("agg")
    notebook = json.loads((ROOT / "docs/notebooks/derivative_free.ipynb").read_text("utf-8"))
    names: dict[str, object] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), "derivative_free.ipynb", "exec"), names)
    assert len(plt.get_fignums()) == 3
    plt.close("all")
    assert all(path.stem in capsys.readouterr().out for path in STORED[:1])


def test_a_project_of_one_study_has_a_page(tmp_path):
    from regard.report import write_report  # noqa: PLC0415 - draws

    Store(tmp_path).close()
    result = OptimizersResult.read(FOLDER / "parity.json")
    path = OptimizersResult.path_in(tmp_path, result.digest)
    path.parent.mkdir()
    result.write(path)
    page = write_report(tmp_path).read_text("utf-8")
    assert "Can it be trained without gradients?" in page
