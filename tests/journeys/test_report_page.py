"""The page in a real browser: Chromium, without a network."""

import importlib.util
from pathlib import Path

import pytest
from browsing import SIZES
from lens_results import Planted, lens_result
from playwright.sync_api import Page

from regard.core.results import ComparedMaps, ComparisonResult, MechanismMaps
from regard.report import write_report

SYNTHETIC = Path(__file__).parents[1] / "unit" / "report" / "synthetic.py"


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of three tasks and fourteen mechanisms, one of them with a label that tries to be code."""
    spec = importlib.util.spec_from_file_location("synthetic_project", SYNTHETIC)
    assert spec and spec.loader
    synthetic = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(synthetic)
    folder = synthetic.write_project(tmp_path_factory.mktemp("lab") / "project")
    for path in (folder / "comparisons").iterdir():
        path.write_text(path.read_text().replace('"label": "gated"', '"label": "<script>gated=1</script>"'))
    look(folder)
    return write_report(folder)


def look(folder: Path) -> None:
    """Maps for the mechanisms of the first comparison, but for one."""
    result = ComparisonResult.read(ComparisonResult.paths_in(folder)[0])
    (view,) = lens_result(Planted(layers=3, heads=6)).models[0].views
    mechanisms = [MechanismMaps(label=row.label, run="r", view=view) for row in result.rows[1:]]
    without = MechanismMaps(label=result.rows[0].label, run="r", missing="It reads nothing " * 20)
    path = ComparedMaps.path_in(folder, result.digest)
    path.parent.mkdir()
    ComparedMaps(digest=result.digest, mechanisms=(without, *mechanisms)).write(path)


@pytest.mark.parametrize("size", SIZES)
def test_what_each_mechanism_reads_is_seen_or_said(opened, size):
    page = opened(size)
    cards = page.locator(".readings article")
    assert cards.count() == 13
    assert cards.locator("img").count() == 12
    widths = page.evaluate("[...document.querySelectorAll('.readings img')].map(image => image.clientWidth)")
    assert min(widths) >= 200
    assert "No map: It reads nothing" in cards.first.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_page_opens_without_a_network_and_fits_the_screen(opened, size, scheme):
    page = opened(size, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert page.locator("svg.plot").count() == 3 * (2 + 2 + 1 + 1) + 2 * (14 + 13 + 13)


def test_the_dark_page_is_dark_and_its_words_are_light(opened):
    def brightness(page: Page, what: str) -> float:
        color = page.evaluate(f"getComputedStyle(document.body).{what}")
        return sum(float(part) for part in color.removeprefix("rgb(").removesuffix(")").split(",")) / 3

    light, dark = opened(scheme="light"), opened(scheme="dark")
    assert brightness(light, "backgroundColor") - brightness(light, "color") > 180
    assert brightness(dark, "color") - brightness(dark, "backgroundColor") > 180
    paint = "getComputedStyle(document.querySelector('svg.plot text')).fill"
    assert light.evaluate(paint) != dark.evaluate(paint)


def test_the_pictures_can_be_read_on_a_phone(opened):
    """No word of a figure is smaller than 7 pixels."""
    page = opened("phone")
    smallest = page.evaluate(
        """() => Math.min(...[...document.querySelectorAll('svg.plot text')].map(text => {
            const scale = text.ownerSVGElement.getScreenCTM().a;
            return parseFloat(getComputedStyle(text).fontSize) * scale;
        }))"""
    )
    assert smallest >= 7


def test_the_answer_is_on_the_first_screen(opened):
    page = opened()
    for task in ("arithmetic", "digits", "recall"):
        box = page.locator(f"header a[href='#{task}']").bounding_box()
        assert box and box["y"] + box["height"] < 900
    assert "beats softmax" in page.locator("header").inner_text()


def test_the_contents_lead_to_each_task(opened):
    page = opened()
    page.locator("nav a", has_text="recall").click()
    assert abs(page.evaluate("document.querySelector('#recall').getBoundingClientRect().top")) < 120


def test_settings_open_on_a_click(opened):
    page = opened()
    settings = page.locator("#digits .settings")
    assert not settings.get_by_text("training.batch").is_visible()
    settings.locator("summary").click()
    assert settings.get_by_text("training.batch").is_visible()


def test_a_label_that_is_code_is_shown_and_not_run(opened):
    page = opened()
    assert page.evaluate("typeof gated") == "undefined"
    assert page.locator("h4", has_text="<script>gated=1</script>").count() == 3 + 1


def test_the_page_can_be_printed(opened):
    assert opened().pdf(format="A4").count(b"/Type /Page\n") > 5
