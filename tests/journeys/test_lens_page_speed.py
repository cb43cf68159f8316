"""How fast the page of the lens opens and answers with many heads, and how large it becomes.

Times are taken inside the page: a hover from the beginning of a frame to the end of all that it draws and
lays out there. Neither this process nor the luck of when a frame begins counts; the longest wait for one is
added. The median of many hovers, and the best of three openings, are those of the page, whatever else the
machine does.
"""

from pathlib import Path
from statistics import median

import pytest
from lens_pages import Visit, written
from lens_results import Planted, lens_result

FRAME = 1000 / 60
"""Milliseconds between two frames."""

OPENINGS = 3
HOVERS = 60

HOVER = """async count => {
    const canvas = document.querySelector(".area > canvas.map"), area = canvas.parentElement;
    const box = canvas.getBoundingClientRect(), times = [];
    const frame = () => new Promise(requestAnimationFrame);
    for (let k = 0; k < count; k++) {
        await frame();
        const clientX = box.left + (0.1 + 0.8 * k / count) * box.width;
        const clientY = box.top + (0.9 - 0.8 * k / count) * box.height;
        // frames call in the order in which they were asked for: what is drawn lies between the two
        const begun = new Promise(done => requestAnimationFrame(() => done(performance.now())));
        const asked = performance.now();
        area.dispatchEvent(new PointerEvent("pointermove", {clientX, clientY, bubbles: true}));
        const told = performance.now() - asked;
        const ended = new Promise(done => requestAnimationFrame(() => {
            document.body.getBoundingClientRect();
            done(performance.now());
        }));
        times.push(told + await ended - await begun);
    }
    return times;
}"""


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    planted = Planted(layers=12, heads=12, grid=14, scores=True, tried=True)
    return written(tmp_path_factory.mktemp("lens"), "large", lens_result(planted))


def test_it_opens_and_answers_in_time_at_twelve_by_twelve_heads_and_197_tokens(browser, page_path):
    opening, hovers = zip(*(measured(browser, page_path) for _ in range(OPENINGS)), strict=True)
    opened, drawn = min(opening), min(map(median, hovers))
    print(f"\nopens in {opened:.0f} ms, answers in {drawn:.1f} ms and the wait for a frame")  # noqa: T201 - what is promised

    assert opened < 2000
    assert drawn + FRAME < 32


def measured(browser, path: Path) -> tuple[float, list[float]]:
    """Milliseconds until the page is there, and for each hover."""
    visit = Visit(browser, path)
    opened = float(visit.page.evaluate("document.documentElement.dataset.ready"))
    hovers = visit.page.evaluate(HOVER, HOVERS)
    assert visit.page.locator(".tip").first.is_visible()
    visit.closed()
    return opened, hovers


def test_twelve_by_twelve_heads_of_197_tokens_are_a_small_file(page_path):
    assert page_path.stat().st_size <= 6e6


@pytest.mark.long
def test_twelve_by_twelve_heads_of_530_tokens_that_read_both_ways_are_a_file_that_can_be_sent(tmp_path):
    path = written(tmp_path, "long", lens_result(Planted(layers=12, heads=12, grid=23)))
    print(f"\n{path.stat().st_size / 1e6:.1f} MB")  # noqa: T201 - what is promised

    assert path.stat().st_size <= 30e6
