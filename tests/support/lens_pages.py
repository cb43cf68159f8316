"""Pages of the lens in a browser: how they are opened, and what their pixels should be."""

import base64
from pathlib import Path

import numpy as np
from browsing import SIZES
from lens_results import Planted
from playwright.sync_api import Browser, Page

from regard.core.results.lens import LensResult
from regard.report.lens import render_lens
from regard.report.lens.colors import color_tables

SMALL = Planted(layers=3, heads=4, signed=True, examples=("one", "two"), steps=(0, 100, None))
"""A page with all kinds of levels, examples and steps."""

PIXEL = """([canvas, x, y]) => {
    // a copy: the browser complains of canvases that are read often
    const copy = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
    copy.drawImage(canvas, -x, -y);
    return [...copy.getImageData(0, 0, 1, 1).data];
}"""


def written(folder: Path, name: str, result: LensResult) -> Path:
    path = folder / f"{name}.html"
    path.write_bytes(render_lens(result).encode("utf-8", "replace"))
    return path


class Visit:
    """Another page than the module's, with all that it asked for and complained of."""

    def __init__(self, browser: Browser, path: Path, after: str = "", size: str = "desk") -> None:
        self.wanted: list[str] = []
        self.faults: list[str] = []
        width, height = SIZES[size]
        self.context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
        self.page = self.context.new_page()
        self.page.on("request", lambda request: self.wanted.append(request.url))
        self.page.on("console", lambda message: self.faults.append(message.text))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(path.as_uri() + after)
        self.page.wait_for_selector("html[data-ready]")

    def closed(self) -> None:
        """Nothing was fetched, and nothing went wrong."""
        self.context.close()
        assert [url for url in self.wanted if not url.startswith(("file:", "data:", "blob:"))] == []
        assert self.faults == []


def center(page: Page, i: int, j: int, n: int, m: int, panel: int = 0) -> dict[str, float]:
    canvas = page.locator(".area > canvas.map:not(.rest)").nth(panel)
    canvas.evaluate("each => each.scrollIntoView({block: 'center', behavior: 'instant'})")
    box = canvas.bounding_box()
    assert box
    return {"x": box["x"] + (j + 0.5) / m * box["width"], "y": box["y"] + (i + 0.5) / n * box["height"]}


def color_of(value: float, top: float, signed: bool = False) -> list[int]:
    """What stands for a number under the square root, after the definition."""
    kind = "diverging" if signed else "sequential"
    table = np.frombuffer(base64.b64decode(color_tables()["light"][kind]), np.uint8).reshape(256, 3)
    root = np.sign(value) * (abs(value) / top) ** 0.5
    place = 127.5 + 127.5 * root if signed else 255 * root
    return [*table[int(np.floor(place + 0.5))].tolist(), 255]
