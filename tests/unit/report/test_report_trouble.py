"""Folders without results, with damaged files, or that cannot be written."""

import html

import pytest
from report_documents import document_of
from synthetic import write_document

from regard.core.errors import Corrupt, MissingFile, Unwritable
from regard.report import plates, write_report
from regard.store import Store


def test_trainings_without_a_comparison_get_a_page_of_their_curves(project):
    for path in (project / "comparisons").iterdir():
        path.unlink()
    page = write_report(project).read_text()
    assert "How the trainings went" in page
    assert "rate=0.003" in page
    assert (project / "figures" / "runs-digits-score-curves.png").stat().st_size > 1000


def test_runs_of_a_comparison_are_not_shown_again_as_single_trainings(reported):
    assert "Trainings on" not in (reported / "report.html").read_text()


def test_an_empty_folder_is_refused_and_left_empty(tmp_path):
    with pytest.raises(MissingFile, match="regard compare"):
        write_report(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_store_without_runs_is_refused_with_a_remedy(tmp_path):
    Store(tmp_path).close()
    with pytest.raises(MissingFile, match="`regard compare` or `regard train`"):
        write_report(tmp_path)


def test_a_folder_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(MissingFile):
        write_report(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_broken_document_is_named_and_its_runs_are_shown_as_trainings(project):
    path, _ = document_of(project, "digits")
    path.write_text(path.read_text()[:-20])
    page = html.unescape(write_report(project).read_text())
    assert f"{path.name} cannot be read as a comparison" in page
    assert "Trainings on digits" in page


def test_a_broken_document_leaves_the_others_as_they_are(project):
    _, document = document_of(project, "digits")
    path = write_document(project, document | {"digest": "f" * 16})
    path.write_text("{")
    page = html.unescape(write_report(project).read_text())
    assert path.name in page
    assert '<section id="digits"' in page


def test_where_all_that_there_is_cannot_be_read_the_old_page_stays(tmp_path):
    Store(tmp_path).close()
    (tmp_path / "comparisons").mkdir()
    (tmp_path / "comparisons" / "a.json").write_text("{")
    (tmp_path / "report.html").write_text("old")
    with pytest.raises(Corrupt, match=r"a\.json"):
        write_report(tmp_path)
    assert (tmp_path / "report.html").read_text() == "old"


@pytest.mark.parametrize("obstacle", ["figures", "report.html"])
def test_what_cannot_be_written_is_told_in_one_line_and_leaves_nothing_behind(project, obstacle):
    if obstacle == "figures":
        (project / "figures").write_text("in the way")
    else:
        (project / "report.html").mkdir()
    with pytest.raises(Unwritable) as caught:
        write_report(project)
    assert "\n" not in str(caught.value)
    assert not list(project.rglob(".*"))


def test_a_figure_that_cannot_be_drawn_says_why_and_costs_no_table(project, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError("no <room> at all")

    monkeypatch.setattr(plates, "draw_tradeoff", fail)
    page = write_report(project).read_text("utf-8")

    assert "This figure could not be drawn. ZeroDivisionError: no &lt;room&gt; at all" in page
    assert "How scores rose" in page and "The scores" in page and "The costs" in page
    assert "tradeoff.png" not in page
