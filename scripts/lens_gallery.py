"""Write docs/gallery: every view of the lens's page of models that are really trained; `make gallery`.

`python scripts/lens_gallery.py [FOLDER]`: the runs lie in FOLDER, and what is trained there already is not
trained again. It needs Chromium.
"""

import io
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

import regard
from regard.commands.lens import write_lens

GALLERY = Path(__file__).parents[1] / "docs" / "gallery"
SIZES = {"desk": (1280, 860), "phone": (390, 844)}
SCHEMES = ("light", "dark")

COLORS = 256
"""Of each picture: enough for maps and letters, and a third of the bytes."""

WHOLE = "({width: innerWidth, height: document.documentElement.scrollHeight})"
"""The size of a window in which nothing is scrolled."""

HEAD = """# The page of the lens

Written by `make gallery` from runs that it trains: `regard lens RUN`, or `regard lens RUN OTHER` for two.
Every view is here on a wide screen and on a phone, light and dark.
"""


@final
@dataclass(frozen=True)
class Shown:
    """A part of a page, as it is after some address."""

    name: str
    about: str
    page: str
    address: str
    part: str | None = None
    """A selector; None for what is seen first."""
    focus: str | None = None
    """What the keyboard has reached."""


VIEWS = (
    Shown("heads", "All heads of an adder, and one of them large.", "adder", "#layer=0&head=3", "#desk"),
    Shown(
        "score",
        "An entry that is kept, what made its score, and what its query reads.",
        "adder",
        "#layer=1&head=2&lock=6_1",
        "#large",
    ),
    Shown(
        "answers",
        "The model's guesses, what it would answer after fewer layers, and without a head.",
        "adder",
        "#",
        "#answers",
    ),
    Shown(
        "layers",
        "Lines across layers; the keyboard has reached one, and the heads that carry it are told.",
        "adder",
        "#level=contribution",
        "#flow",
        "#layers .edge[tabindex='0']",
    ),
    Shown(
        "faithful",
        "Which map predicts the model: positions taken away and put back in the order of each map.",
        "digits",
        "#level=relevance",
        "#faithful",
    ),
    Shown(
        "picture",
        "What the class token reads of a picture.",
        "digits",
        "#level=contribution&range=head&layer=2&head=1&lock=0_-1",
        "#large",
    ),
    Shown("untrained", "The slider over training, at its beginning.", "digits", "#step=0&layer=1&head=2"),
    Shown(
        "mean", "The mean of many examples, entry by entry.", "adder", "#example=3&layer=0&head=0", "#desk"
    ),
    Shown("memory", "The memory of a recurrent layer over time.", "delta", "#layer=1&head=1", "#memory"),
    Shown(
        "pair",
        "Two mechanisms, matched heads and their difference.",
        "pair",
        "#level=operator&layer=0&head=2&lock=6_3",
        "#large",
    ),
)


def main(folder: Path) -> None:
    """Train, look, and write the pictures and the page that shows them."""
    pages = dict(written_pages(folder))
    GALLERY.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for shown in VIEWS:
            for size in SIZES:
                for scheme in SCHEMES:
                    picture = photographed(browser, pages, shown, (size, scheme))
                    (GALLERY / file_of(shown, size, scheme)).write_bytes(picture)
        browser.close()
    (GALLERY / "README.md").write_text("\n".join([HEAD, *map(section, VIEWS)]), "utf-8")


def written_pages(folder: Path) -> Iterator[tuple[str, Path]]:
    """Pages by name, of the runs that they show."""
    often = {"training.checkpoint_every": 1}
    adder, delta = (
        Path(regard.run(task="arithmetic", mechanism=name, out=folder, **often).folder)
        for name in ("softmax", "delta")
    )
    digits = Path(regard.run(task="digits", out=folder, **{"training.checkpoint_every": 8}).folder)
    yield "adder", write_lens([adder])
    yield "delta", write_lens([delta])
    yield "digits", write_lens([digits])
    yield "pair", write_lens([adder, delta])


def photographed(browser: Browser, pages: Mapping[str, Path], shown: Shown, how: tuple[str, str]) -> bytes:
    """One view on one screen in one scheme, as a PNG of few colors."""
    size, scheme = how
    width, height = SIZES[size]
    touched = size == "phone"
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        has_touch=touched,
        is_mobile=touched,
        reduced_motion="reduce",
        offline=True,
    )
    page = context.new_page()
    page.goto(pages[shown.page].as_uri() + shown.address)
    page.wait_for_selector("html[data-ready]")
    taken = part_of(page, shown)
    context.close()
    few = Image.open(io.BytesIO(taken)).convert("RGB").quantize(COLORS, kmeans=2, dither=Image.Dither.NONE)
    file = io.BytesIO()
    few.save(file, "PNG", optimize=True)
    return file.getvalue()


def part_of(page: Page, shown: Shown) -> bytes:
    """The part once it is drawn: what is not near the window is drawn when it is scrolled to."""
    if shown.part is None:
        page.wait_for_function("() => document.querySelector('#heads canvas').width > 1")
        return page.screenshot()
    part = page.locator(shown.part)
    part.scroll_into_view_if_needed()
    # as high as the whole page: a phone's window would be another one while more than it is photographed
    for _ in range(2):  # what is drawn only then makes it higher
        page.set_viewport_size(page.evaluate(WHOLE))
        page.wait_for_timeout(300)
    if shown.focus is not None:
        page.locator(shown.focus).focus()
        page.keyboard.press("ArrowRight")
    page.evaluate("scrollTo(0, 0)")
    box = part.bounding_box()
    assert box
    return page.screenshot(clip=box)


def file_of(shown: Shown, size: str, scheme: str) -> str:
    """The name of a picture."""
    return f"{shown.name}-{size}-{scheme}.png"


def section(shown: Shown) -> str:
    """A view with its pictures."""
    pictures = [f"![{shown.about}]({file_of(shown, size, scheme)})" for size in SIZES for scheme in SCHEMES]
    return f"## {shown.name.capitalize()}\n\n{shown.about}\n\n" + "\n".join(pictures) + "\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("out/gallery"))
