"""The page of a benchmark in a real browser."""

import importlib.util
from pathlib import Path

import pytest
from browsing import SIZES

from regard.core.results import BenchmarkResult
from regard.report import write_report
from regard.store import Store

PLANTED = Path(__file__).parents[1] / "unit" / "benchmark" / "planted.py"


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of planted figures: five mechanisms at four lengths."""
    spec = importlib.util.spec_from_file_location("planted_benchmark", PLANTED)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    result = module.planted()
    with Store(tmp_path_factory.mktemp("lab") / "project") as store:
        path = BenchmarkResult.path_in(store.folder, result.digest)
        path.parent.mkdir()
        result.write(path)
    return write_report(store.folder)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_page_opens_without_a_network_and_fits_the_screen(opened, size, scheme):
    page = opened(size, scheme)

    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert page.locator("svg.plot").count() == 5 + 5 + 1


def test_what_to_use_is_on_the_first_screen(opened):
    page = opened()

    box = page.get_by_text("What to use at which length on this machine.").bounding_box()
    assert box and box["y"] + box["height"] < 600
    row = page.locator("tbody tr", has_text="16384").first
    assert "linear" in row.inner_text()
    assert "as fast: performer" in row.inner_text()


def test_every_length_opens_on_a_click(opened):
    page = opened()
    short = page.locator("details.shape", has_text="256 positions, causal").last

    assert not short.locator("table").is_visible()
    short.locator("summary").click()
    assert short.locator("table").is_visible()


def test_the_pictures_can_be_read_on_a_phone(opened):
    """No word of a figure is smaller than 7 pixels."""
    smallest = opened("phone").evaluate(
        """() => Math.min(...[...document.querySelectorAll('svg.plot text')].map(text =>
            parseFloat(getComputedStyle(text).fontSize) * text.ownerSVGElement.getScreenCTM().a))"""
    )

    assert smallest >= 7
