"""What is drawn of a comparison of optimizers: by the page, and by the notebook."""

import json
from pathlib import Path

import pytest

from regard.core.results import OptimizersResult
from regard.pages.palette import styles
from regard.report.page import render_page
from regard.report.study_section import StudySection, draw_study
from regard.report.write import _plate
from regard.store import Store

ROOT = Path(__file__).parents[3]
STORED = sorted((ROOT / "docs/results/derivative_free").glob("*.json"))


@pytest.fixture(scope="module", params=STORED, ids=lambda path: path.stem)
def result(request) -> OptimizersResult:
    return OptimizersResult.read(request.param)


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
    assert ("not reached" in page) == any(not row.reached for row in result.rows)


def test_the_stored_figures_are_those_of_their_curves(result):
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


def test_a_project_of_one_study_has_a_page(result, tmp_path):
    from regard.report import write_report  # noqa: PLC0415 - draws

    Store(tmp_path).close()
    path = OptimizersResult.path_in(tmp_path, result.digest)
    path.parent.mkdir()
    result.write(path)
    page = write_report(tmp_path).read_text("utf-8")
    assert "Can it be trained without gradients?" in page
