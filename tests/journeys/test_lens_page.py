"""The page of the lens in a real browser: Chromium, without a network."""

import re
from pathlib import Path

import pytest
from browsing import SIZES
from lens_pages import PIXEL, SMALL, Visit, center, color_of, written
from lens_results import Planted, lens_result
from playwright.sync_api import Page, expect

from regard.maps.blocks import maps_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lens")


@pytest.fixture(scope="module")
def page_path(folder: Path) -> Path:
    return written(folder, "small", lens_result(SMALL))


@pytest.fixture
def ready(opened):
    """The page, once its maps are drawn."""

    def open_ready(*given: str) -> Page:
        page = opened(*given)
        page.wait_for_selector("html[data-ready]")
        return page

    return open_ready


@pytest.mark.parametrize("level", ["weights", "relevance"])
def test_every_pixel_is_the_color_of_its_number(browser, page_path, level):
    visit = Visit(browser, page_path, f"#level={level}&layer=1&head=2")
    layers = lens_result(SMALL).models[0].views[2].layers
    maps = maps_of(layers[1].maps[level])[2]
    top = max(peak for layer in layers for peak in layer.maps[level].peaks)
    canvas = visit.page.locator(".area > canvas.map").first.element_handle()

    for i, j in ((0, 0), (5, 2), (9, 9), (9, 3), (2, 7), (4, 3)):
        found = visit.page.evaluate(PIXEL, [canvas, j, i])
        assert found == color_of(float(maps[i, j]), top, signed=level == "relevance")
    visit.closed()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_page_fits_the_screen_and_shows_all_heads(ready, size, scheme):
    page = ready(size, scheme)

    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert page.locator("#heads button").count() == 12
    assert page.locator("#fault").is_hidden()


def test_pointing_previews_a_head_and_a_click_keeps_it(ready):
    page = ready()
    button = page.locator("#heads button[data-layer='2'][data-head='3']")
    button.hover()
    expect(page.locator("#large-title")).to_contain_text("Layer 2, head 3")
    page.mouse.move(5, 5)
    expect(page.locator("#large-title")).to_contain_text("Layer 0, head 0")
    button.click()
    page.mouse.move(5, 5)
    expect(page.locator("#large-title")).to_contain_text("Layer 2, head 3")
    expect(button).to_have_attribute("aria-selected", "true")


def test_an_entry_is_told_while_pointed_at_kept_by_a_click_and_released_by_escape(ready):
    page = ready()
    value = float(maps_of(lens_result(SMALL).models[0].views[2].layers[0].maps["weights"])[0, 5, 4])
    place = center(page, 5, 4, 10, 10)
    page.mouse.move(**place)
    expect(page.locator(".tip")).to_contain_text("\u2068mat\u2069 (5) reads \u2068the\u2069 (4)")
    shown = page.locator(".tip b").first.inner_text().replace("−", "-")
    assert abs(float(shown) - value) <= 0.006 * abs(value) + 1e-9
    page.mouse.move(5, 5)
    expect(page.locator(".tip")).to_be_hidden()
    page.mouse.click(**place)
    page.mouse.move(5, 5)
    expect(page.locator(".tip")).to_be_visible()
    expect(page.locator("#said")).to_contain_text("mat")
    page.keyboard.press("Escape")
    expect(page.locator(".tip")).to_be_hidden()
    expect(page.locator("#release")).to_be_hidden()


def test_tokens_lines_and_table_say_what_the_kept_query_reads(ready):
    page = ready()
    row = maps_of(lens_result(SMALL).models[0].views[2].layers[0].maps["weights"])[0, 5]
    page.mouse.click(**center(page, 5, 4, 10, 10))
    read = [int(text) for text in page.locator(".read .at").all_inner_texts()]

    assert read == row.nonzero().flatten().tolist()
    assert page.locator(".fan path").count() == len(read)
    strongest = page.locator(f".strip:not([hidden]) .tokens span[data-at='{int(row.argmax())}']")
    darkest = color_of(1, 1)
    expect(strongest).to_have_css("background-color", f"rgb({darkest[0]}, {darkest[1]}, {darkest[2]})")


def test_the_direction_can_be_turned(ready):
    page = ready()
    page.get_by_role("button", name="who reads a key").click()
    page.mouse.click(**center(page, 5, 4, 10, 10))
    column = maps_of(lens_result(SMALL).models[0].views[2].layers[0].maps["weights"])[0, :, 4]

    read = [int(text) for text in page.locator(".read .at").all_inner_texts()]
    assert read == column.nonzero().flatten().tolist()


def test_keys_move_through_heads_and_then_through_entries(ready):
    page = ready()
    page.locator("#heads button[tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#large-title")).to_contain_text("Layer 1, head 1")
    page.keyboard.press("Enter")
    page.locator(".area").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#large-title")).to_contain_text("Layer 1, head 2")
    page.mouse.click(**center(page, 5, 4, 10, 10))
    page.mouse.move(5, 5)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#said")).to_contain_text("\u2068the\u2069 (4) reads \u2068on\u2069 (3)")


def test_heads_can_be_sorted_by_a_metric(ready):
    page = ready()
    page.locator("#metric").select_option("first")
    page.locator("#sorted").check()
    names = page.locator("#heads button").evaluate_all(
        "all => all.map(each => each.getAttribute('aria-label'))"
    )
    numbers = [float(name.rsplit(" ", 1)[1]) for name in names]

    assert len(numbers) == 12
    assert numbers == sorted(numbers, reverse=True)


def test_thumbnails_are_drawn_when_they_are_seen(ready):
    page = ready()
    canvas = page.locator("#heads canvas").first.element_handle()

    page.wait_for_function("canvas => canvas.width === 10", arg=canvas)
    assert page.evaluate(PIXEL, [canvas, 0, 0])[3] == 255


def test_a_level_that_is_refused_says_why(ready):
    page = ready()

    assert page.get_by_role("button", name="operator").is_disabled()
    assert page.get_by_role("button", name="weights", pressed=True).count() == 1
    assert page.get_by_role("button", name="relevance", pressed=False).count() == 1
    assert "not linear in the values" in page.locator("#refusals").inner_text()


def test_a_map_of_a_whole_layer_has_one_thumbnail_per_layer(ready):
    page = ready()
    page.locator("#heads button[data-layer='1'][data-head='3']").click()
    page.get_by_role("button", name="influence").click()
    expect(page.locator("#heads button")).to_have_count(3)
    expect(page.locator("#gauge")).to_be_hidden()
    expect(page.locator("#large-title")).to_contain_text("Layer 1, all heads: influence")
    page.get_by_role("button", name="weights").click()
    expect(page.locator("#large-title")).to_contain_text("Layer 1, head 3: weights")


def test_the_address_holds_the_view(browser, page_path):
    visit = Visit(browser, page_path)
    page = visit.page
    page.locator("#heads button[data-layer='1'][data-head='2']").click()
    page.get_by_role("button", name="relevance").click()
    page.locator("#example").select_option("1")
    page.locator("#scale").select_option("log")
    page.locator("#step").fill("1")
    page.mouse.click(**center(page, 6, 3, 10, 10))
    expect(page).to_have_url(re.compile("lock=6_3"))
    address = page.evaluate("location.hash")

    again = Visit(browser, page_path, address)
    expect(again.page.locator("#large-title")).to_have_text("Layer 1, head 2: relevance")
    expect(again.page.locator("#scale")).to_have_value("log")
    expect(again.page.locator("#moment")).to_have_text("100")
    expect(again.page.locator("#example")).to_have_value("1")
    expect(again.page.locator("#said")).to_contain_text("\u2068and\u2069 (6) reads \u2068on\u2069 (3)")
    visit.closed()
    again.closed()


def test_an_address_that_means_nothing_is_a_page_all_the_same(browser, page_path):
    visit = Visit(
        browser, page_path, "#level=none&layer=99&head=-4&lock=x_y&scale=cube&example=7&edges=nan&metric=%00"
    )

    expect(visit.page.locator("#large-title")).to_contain_text("Layer 2, head 0: weights")
    visit.closed()


def test_what_is_not_read_has_a_column_of_its_own(browser, folder):
    whole = Visit(browser, written(folder, "whole", lens_result(Planted())))
    leaky = Visit(browser, written(folder, "leaky", lens_result(Planted(leaky=True))))

    expect(whole.page.locator(".area > .rest").first).to_be_hidden()
    expect(leaky.page.locator(".area > .rest").first).to_be_visible()
    box = leaky.page.locator(".area > .rest").first.bounding_box()
    maps = maps_of(lens_result(Planted(leaky=True)).models[0].views[0].layers[0].maps["weights"])
    leaky.page.mouse.move(box["x"] + 8, box["y"] + 4.5 / 10 * box["height"])
    expect(leaky.page.locator(".tip").first).to_contain_text("reads nothing")
    assert abs(float(leaky.page.locator(".tip b").first.inner_text()) - float(1 - maps[0, 4].sum())) < 0.002
    whole.closed()
    leaky.closed()


def test_hidden_positions_leave_the_map(ready):
    page = ready()
    canvas = page.locator(".area > canvas.map").first.element_handle()
    assert page.evaluate(PIXEL, [canvas, 0, 3])[3] == 255
    page.locator("#first").check()
    page.wait_for_function(f"given => ({PIXEL})(given)[3] === 0", arg=[canvas, 0, 3])
    assert page.evaluate(PIXEL, [canvas, 1, 3])[3] == 255


def test_lines_across_layers_follow_the_slider_and_tell_their_heads(ready):
    page = ready()
    page.locator("#flow").scroll_into_view_if_needed()
    expect(page.locator("#layers .edge")).to_have_count(60)
    page.locator("#edges").fill("20")
    expect(page.locator("#layers .edge")).to_have_count(20)
    page.locator("#layers .edge").last.dispatch_event("click")
    expect(page.locator("#carriers button")).to_have_count(4)
    page.locator("#carried").select_option("rollout")
    expect(page.locator("#threshold")).to_contain_text("lines of at least")


def test_two_models_stand_side_by_side_with_their_difference(browser, folder):
    result = lens_result(Planted(), Planted(leaky=True, label="delta"))
    visit = Visit(browser, written(folder, "pair", result), "#layer=1&head=2")
    page = visit.page
    one, two = (maps_of(model.views[0].layers[1].maps["weights"]) for model in result.models)

    expect(page.locator(".panel")).to_have_count(3)
    expect(page.locator("#other")).to_contain_text("3, its match")
    page.mouse.move(**center(page, 7, 2, 10, 10, panel=1))
    expect(page.locator(".tip:visible")).to_have_count(3)
    told = [float(text.replace("−", "-")) for text in page.locator(".tip b").all_inner_texts()]
    both = [float(one[2, 7, 2]), float(two[3, 7, 2])]
    assert told == pytest.approx([*both, both[0] - both[1]], abs=0.01)
    page.locator("#other").select_option("0")
    expect(page.locator(".panel h3").nth(1)).to_contain_text("delta, head 0")
    expect(page.locator("#heads canvas")).to_have_count(16)
    visit.closed()


def test_two_models_of_different_sizes_have_no_difference(browser, folder):
    result = lens_result(Planted(), Planted(tokens=("a", "b", "c"), layers=1, heads=2))
    visit = Visit(browser, written(folder, "unlike", result), "#layer=1")

    expect(visit.page.locator(".panel h3").nth(1)).to_have_text("No such map.")
    expect(visit.page.locator(".panel h3").nth(2)).to_have_text("One of the two has no such map.")
    visit.page.locator("#heads button[data-layer='0'][data-head='0']").click()
    expect(visit.page.locator(".panel h3").nth(2)).to_have_text("The two maps are of different sizes.")
    visit.closed()


def test_a_picture_shows_what_a_patch_reads(browser, folder):
    visit = Visit(browser, written(folder, "picture", lens_result(Planted(grid=4))))
    page, stage = visit.page, visit.page.locator(".stage")

    expect(page.locator(".patches .caption")).to_contain_text("[class]")
    box = stage.bounding_box()
    stage.click(position={"x": 2.5 / 4 * box["width"], "y": 1.5 / 4 * box["height"]})
    page.mouse.move(5, 5)
    expect(page.locator(".patches .caption")).to_contain_text("\u20681, 2\u2069 (7)")
    row = maps_of(lens_result(Planted(grid=4)).models[0].views[0].layers[0].maps["weights"])[0, 7, 1:]
    cover = page.locator("canvas.cover").element_handle()
    most = int(row.argmax())
    assert page.evaluate(PIXEL, [cover, most % 4, most // 4]) == color_of(1, 1)
    for k in (0, 5, 10):
        strength = page.evaluate(PIXEL, [cover, k % 4, k // 4])[3]
        assert abs(strength - 255 * float(row[k] / row.max()) ** 0.5) < 1.01
    visit.closed()


def test_a_memory_is_drawn_over_time(browser, folder):
    visit = Visit(browser, written(folder, "memory", lens_result(Planted(memory=True, leaky=True))))
    page = visit.page
    page.locator("#memory").scroll_into_view_if_needed()

    expect(page.locator("#memory .charts svg")).to_have_count(8)
    expect(page.locator("#memory canvas").first).to_have_attribute("width", "10")
    expect(page.locator("#memory")).to_contain_text("Recalled")
    visit.closed()


def test_everything_that_can_be_used_has_a_name_and_is_reached_by_keys(ready):
    page = ready()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, select, input, [role]")].filter(each =>
            each.offsetParent
            && !["aria-label", "aria-labelledby"].some(name => each.getAttribute(name))
            && !["row", "list", "listitem", "status", "alert"].includes(each.getAttribute("role"))
            && !each.labels?.length && !each.textContent.trim()).length"""
    )
    assert nameless == 0
    reached = set()
    for _ in range(25):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {
        "example",
        "step",
        "scale",
        "range",
        "first",
        "metric",
        "sorted",
        "head",
        "png",
        "svg",
        "area",
    } <= reached
