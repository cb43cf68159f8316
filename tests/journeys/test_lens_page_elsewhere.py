"""The page of the lens as a file, inside another page, with hostile text, long sequences and many heads."""

import base64
import html
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from browsing import SIZES
from lens_pages import PIXEL, SMALL, Visit, center, color_of, written
from lens_results import Planted, lens_result
from PIL import Image as Pixels
from playwright.sync_api import expect

from regard.core.results.lens import LayerView, LensResult
from regard.maps.blocks import block_of, maps_of
from regard.report.lens import render_lens


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lens")


@pytest.fixture(scope="module")
def page_path(folder: Path) -> Path:
    return written(folder, "small", lens_result(SMALL))


@pytest.fixture(scope="module")
def saved(browser, page_path) -> dict[str, bytes]:
    """The view as it is saved, as PNG and SVG."""
    visit = Visit(browser, page_path, "#layer=1&head=2")
    found = {}
    for kind in ("png", "svg"):
        with visit.page.expect_download() as download:
            visit.page.locator(f"#{kind}").click()
        assert download.value.suggested_filename == f"where-the-adder-looks-weights-layer-1-head-2.{kind}"
        found[kind] = Path(download.value.path()).read_bytes()
    visit.closed()
    return found


def test_the_view_is_saved_as_vectors(saved):
    root = ET.fromstring(saved["svg"])
    name = "{http://www.w3.org/2000/svg}"

    assert root.tag == f"{name}svg"
    assert "Where the adder looks: Layer 1, head 2: weights" in "".join(root.itertext())
    assert "var(" not in saved["svg"].decode()
    (image,) = root.iter(f"{name}image")
    assert Pixels.open(io.BytesIO(base64.b64decode(image.attrib["href"].split(",")[1]))).size[0] % 10 == 0


def test_the_view_is_saved_as_pixels_of_the_right_colors(saved):
    picture = np.asarray(Pixels.open(io.BytesIO(saved["png"])).convert("RGB"))
    maps = maps_of(lens_result(SMALL).models[0].views[2].layers[1].maps["weights"])
    top = max(
        peak for layer in lens_result(SMALL).models[0].views[2].layers for peak in layer.maps["weights"].peaks
    )
    root = ET.fromstring(saved["svg"])
    (image,) = root.iter("{http://www.w3.org/2000/svg}image")
    x, y, width, height = (float(image.attrib[name]) for name in ("x", "y", "width", "height"))

    for i, j in ((0, 0), (9, 8), (5, 3)):
        across, down = 2 * (12 + x + (j + 0.5) / 10 * width), 2 * (58 + y + (i + 0.5) / 10 * height)
        assert picture[int(down), int(across)].tolist() == color_of(float(maps[2, i, j]), top)[:3]


def test_lines_across_layers_are_saved_too(browser, page_path):
    visit = Visit(browser, page_path)
    page = visit.page
    page.locator("#flow").scroll_into_view_if_needed()
    expect(page.locator("#layers .edge")).to_have_count(60)
    with page.expect_download() as download:
        page.locator("#flow-svg").click()
    root = ET.fromstring(Path(download.value.path()).read_bytes())
    with page.expect_download() as download:
        page.locator("#flow-png").click()
    picture = Pixels.open(Path(download.value.path()))

    assert len([each for each in root.iter() if each.get("class") == "edge"]) == 60
    assert picture.size == (2 * int(float(root.attrib["width"])), 2 * int(float(root.attrib["height"])))
    assert len(picture.convert("RGB").getcolors(1 << 24)) > 20
    visit.closed()


def test_the_page_works_inside_another_one(browser, folder, page_path):
    frame = '<iframe sandbox="allow-scripts allow-downloads" width="1200" height="900" srcdoc="{}"></iframe>'
    path = folder / "notebook.html"
    path.write_text(frame.format(html.escape(page_path.read_text("utf-8"))))
    faults: list[str] = []
    page = browser.new_context(offline=True).new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text))
    page.goto(path.as_uri())
    inside = page.frame_locator("iframe")
    inside.locator("html[data-ready]").wait_for()
    inside.locator("#heads button[data-layer='2'][data-head='1']").click()
    expect(inside.locator("#large-title")).to_contain_text("Layer 2, head 1")
    with page.expect_download() as download:
        inside.locator("#png").click()
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
    page.context.close()
    assert faults == []


ALL = {"scores": True, "tried": True, "memory": True, "leaky": True, "signed": True}
"""What a page has on which every view is shown."""

END = "</script><script>window.harm = 1</script><img src=x onerror='window.harm = 1'>"


@pytest.mark.parametrize("size", SIZES)
def test_hostile_text_is_shown_as_it_is_and_long_text_is_cut(browser, folder, size):
    tokens = (END, "\"'`${}", "שלום עולם", "👩‍👩‍👧‍👦" * 30, "", " ", "\n", "x" * 10_000, "a\u0000b\u202e")
    planted = Planted(tokens=tokens, label=END, examples=(END, "b"), **ALL)
    visit = Visit(
        browser, written(folder, f"hostile-{size}", lens_result(planted, planted, title=END)), size=size
    )
    page = visit.page
    page.mouse.wheel(0, 20_000)
    page.locator("#flow").scroll_into_view_if_needed()

    assert page.evaluate("typeof harm") == "undefined"
    assert page.locator("h1").inner_text() == END
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    long = page.locator(".strip:not([hidden]) .tokens span[data-at='7']").first
    assert len(long.inner_text()) < 20 and long.inner_text().endswith("…")
    assert long.get_attribute("title").count("x") == 10_000
    visit.closed()


@pytest.mark.parametrize("count", [1, 2, 600])
def test_short_and_long_sequences_are_drawn(browser, folder, count):
    planted = Planted(layers=1, heads=2, tokens=tuple(f"t{i}" for i in range(count)))
    visit = Visit(browser, written(folder, f"of-{count}", lens_result(planted)))
    page = visit.page
    page.mouse.move(**center(page, count - 1, count // 2, count, count))

    expect(page.locator(".tip")).to_contain_text(f"\u2069 ({count // 2})")
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES["desk"][0]
    visit.closed()


def test_a_result_in_which_nothing_was_seen_says_so(browser, folder):
    result = lens_result(Planted())
    bare = replace(result, models=tuple(replace(model, views=()) for model in result.models))
    path = folder / "empty.html"
    path.write_text(render_lens(bare))
    page = browser.new_context(offline=True).new_page()
    page.goto(path.as_uri())

    expect(page.locator("#fault")).to_have_text("Nothing has been looked at, so there is no map to show.")
    page.context.close()


def test_queries_and_keys_of_two_sequences_have_a_line_of_tokens_each(browser, folder):
    result = lens_result(Planted(layers=1, heads=2))
    (model,) = result.models
    (view,) = model.views
    cross = maps_of(view.layers[0].maps["weights"])[:, 6:, :]
    layer = replace(view.layers[0], maps={"weights": block_of(cross)})
    view = replace(view, queries=("w", "x", "y", "z"), answers=(), layers=(layer,))
    result = replace(result, models=(replace(model, views=(view,)),))
    visit = Visit(browser, written(folder, "cross", result))
    page = visit.page

    page.locator(".strip").nth(0).locator("span", has_text="y").click()
    read = [int(text) for text in page.locator(".read .at").all_inner_texts()]
    assert read == cross[0, 2].nonzero().flatten().tolist()
    expect(page.locator(".strip").nth(1).locator("span")).to_have_count(10)
    expect(page.locator("#flow")).to_be_hidden()
    visit.closed()


EVERYTHING = Planted(**ALL)

ODD = re.compile(r"\b(null|undefined|NaN|Infinity)\b")


def of_layers(result: LensResult, changed: Callable[[LayerView], LayerView]) -> LensResult:
    """The result with every layer changed."""
    models = []
    for model in result.models:
        views = (replace(view, layers=tuple(map(changed, view.layers))) for view in model.views)
        models.append(replace(model, views=tuple(views)))
    return replace(result, models=tuple(models))


SPARSE = {
    "a single token and a single head": lens_result(replace(EVERYTHING, tokens=("x",), heads=1)),
    "heads without a number": of_layers(
        lens_result(EVERYTHING), lambda layer: replace(layer, metrics={"entropy": (None, 0.5, None, None)})
    ),
    "no metric": of_layers(lens_result(EVERYTHING), lambda layer: replace(layer, metrics={}, ablated=())),
    "a pair without matched heads": replace(
        lens_result(EVERYTHING, replace(EVERYTHING, label="delta")), pairs=()
    ),
    "layers without maps": of_layers(
        lens_result(EVERYTHING), lambda layer: replace(layer, maps={}, refused={"weights": "No values."})
    ),
    "maps of zeros": of_layers(
        lens_result(EVERYTHING),
        lambda layer: replace(
            layer, maps={"weights": block_of(0 * maps_of(layer.maps["weights"]))}, rollout=None
        ),
    ),
}


@pytest.mark.parametrize("name", SPARSE)
@pytest.mark.parametrize("size", SIZES)
def test_what_is_not_there_is_not_named(browser, folder, name, size):
    path = written(folder, f"sparse-{size}-{name.replace(' ', '-')}", SPARSE[name])
    visit = Visit(browser, path, "#layer=1&head=0&lock=0_0", size)
    page = visit.page
    for card in page.locator("main > .card:not([hidden])").all():
        card.scroll_into_view_if_needed()
    for button in page.locator("#levels button:enabled").all():
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        assert ODD.findall(page.locator("body").inner_text()) == []

    expect(page.locator("#fault")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    visit.closed()


def test_what_is_printed_is_whole_and_light(browser, folder):
    planted = Planted(layers=20, heads=4)
    context = browser.new_context(
        viewport={"width": 900, "height": 500}, color_scheme="dark", offline=True, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(written(folder, "printed", lens_result(planted)).as_uri())
    page.wait_for_selector("html[data-ready]")
    page.emulate_media(media="print")
    # what is drawn meanwhile asks for the colors before the page is told that they are others
    page.evaluate("dark.matches")
    canvas = page.locator(".area > canvas.map").first.element_handle()

    page.wait_for_function(
        f"([canvas, color]) => ({PIXEL})([canvas, 0, 0]).join() === color",
        arg=[canvas, ",".join(map(str, color_of(1, 1)))],
    )
    page.wait_for_function(
        "() => [...document.querySelectorAll('#heads canvas')].every(each => each.width === 10)"
    )
    expect(page.locator("#layers .edge")).to_have_count(60)
    expect(page.locator("#controls")).to_be_hidden()
    context.close()


def test_what_has_left_the_page_is_not_drawn(browser, page_path):
    visit = Visit(browser, page_path)

    drawn = visit.page.evaluate("""() => new Promise(done => {
        const gone = make("div"), there = make("div"), found = [];
        document.body.append(there);
        whenNear(gone, () => found.push("gone"));
        whenNear(there, () => done([...found, "there"]));
    })""")

    assert drawn == ["there"]
    visit.closed()
