"""A real browser for pages: the test's module says which page, by a fixture `page_path`."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import ARGUMENTS, SIZES
from playwright.sync_api import Browser, Page, sync_playwright


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("This test needs a browser. Install Debian's package `chromium` or Google Chrome.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser, page_path: Path):
    """A function that opens the page without a network, and checks afterwards that it wanted none."""
    wanted: list[str] = []
    faults: list[str] = []
    contexts = []

    def open_page(size: str = "desk", scheme: str = "light") -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            offline=True,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: wanted.append(request.url))
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(page_path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert set(wanted) == {page_path.as_uri()}
    assert not faults
