"""A page grows with what is shown, and no faster."""

import re
from pathlib import Path

import pytest
from synthetic import run_of, write_project

from regard.core.measurement import Measurement
from regard.core.spec import Spec
from regard.report import trainings, write_report
from regard.store import Store


def page_of(folder: Path, count: int) -> str:
    """The page of so many trainings that differ in their rate."""
    with Store(folder) as store:
        for i in range(count):
            run = run_of("digits", Spec("softmax"), 0.001 * (i + 1), 0)
            store.add(run)
            curve = [Measurement(step, "validation/score", 0.5 + step / 1e4) for step in range(0, 900, 30)]
            store.append(run.digest, [*curve, Measurement(900, "test/score", 0.5)])
            store.record(run.digest, "finished")
    return write_report(folder).read_text("utf-8")


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(trainings, "DRAWN", 4)


@pytest.mark.usefixtures("few")
def test_the_trainings_that_were_started_last_are_drawn_and_all_stand_in_the_table(tmp_path):
    page = page_of(tmp_path, 12)

    drawn = set(re.findall(r'aria-label="softmax · rate=([\d.]+): mean validation', page))
    assert drawn == {"0.009000000000000001", "0.01", "0.011", "0.012"}
    assert "Drawn are the 4 of 12 settings that were started last" in page
    assert page.count("<code>") == 12


@pytest.mark.usefixtures("few")
def test_eight_times_the_trainings_cost_rows_of_a_table_alone(tmp_path):
    small, large = (len(page_of(tmp_path / str(count), count)) for count in (12, 96))

    assert large - small < 84 * 1500


def test_curves_behind_the_panels_are_held_once(tmp_path):
    page = page_of(tmp_path, 6)

    shown = re.findall(r'<use href="#runs-digits-score-curves-panel-0-behind" x="[\d.]+" y="[\d.]+"', page)
    assert len(shown) == 5
    assert page.count('id="runs-digits-score-curves-panel-0-behind"') == 1


def test_a_figure_of_a_comparison_grows_with_its_mechanisms_and_not_with_their_square(tmp_path):
    def size(count: int) -> int:
        page = write_report(write_project(tmp_path / str(count), ("digits",), count)).read_text("utf-8")
        return len(page[page.index("How scores rose") : page.index("How the loss fell")])

    four, eight = size(4), size(8)
    assert eight < 2.2 * four
