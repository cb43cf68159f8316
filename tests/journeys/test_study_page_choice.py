"""The page of a comparison of optimizers in a real browser: what its curves are drawn against is a choice."""

from pathlib import Path

import pytest
from browsing import SIZES

from regard.core.results import OptimizersResult
from regard.report import write_report
from regard.store import Store

STORED = Path(__file__).parents[2] / "docs/results/derivative_free"


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two studies, one of them with two models."""
    folder = tmp_path_factory.mktemp("studies")
    Store(folder).close()
    for name in ("parity", "width"):
        result = OptimizersResult.read(STORED / f"{name}.json")
        path = OptimizersResult.path_in(folder, result.digest)
        path.parent.mkdir(exist_ok=True)
        result.write(path)
    return write_report(folder)


@pytest.mark.parametrize("size", SIZES)
def test_one_view_of_the_curves_is_seen_at_a_time_by_choice(opened, size):
    page = opened(size)
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    switch = page.locator(".switch").first
    for words in ("accepted moves", "seconds of training", "forward-equivalents"):
        switch.get_by_text(words, exact=True).click()
        titles = [
            figure.locator("h3").inner_text()
            for figure in switch.locator("figure").all()
            if figure.is_visible()
        ]
        assert titles == [f"What a score costs in {words}", f"What a loss costs in {words}"]


def test_the_choice_is_made_by_keys_too(opened):
    page = opened()
    page.locator(".switch input").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_text("What a loss costs in seconds of training").first.is_visible()


def test_the_contents_stay_one_line_and_leave_room(opened):
    page = opened("phone")
    assert page.locator("nav").bounding_box()["height"] < 60
