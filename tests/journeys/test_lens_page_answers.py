"""The page of the lens in a real browser: scores, faithfulness, steps of training, blocks, lines by keys."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from lens_pages import SMALL, Visit, center, written
from lens_results import Planted, lens_result, score_parts
from playwright.sync_api import Page, expect

from regard.core.results.lens import LayerView
from regard.maps.blocks import maps_of

TAKEN_APART = Planted(scores=True, tried=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lens")


@pytest.fixture(scope="module")
def apart(folder: Path) -> Path:
    return written(folder, "apart", lens_result(TAKEN_APART))


def kept_entry(head: int) -> tuple[int, int]:
    """The last of the entries whose score is taken apart."""
    view = lens_result(TAKEN_APART).models[0].views[0].layers[1].scores
    assert view
    return divmod(view.cells[head][-1], 10)


def told(page: Page, table: int) -> dict[str, float]:
    rows = page.locator(".parts").nth(table).locator("tr").all()
    texts = [(row.locator("th").inner_text(), row.locator("td").first.inner_text()) for row in rows]
    return {name: float(number.replace("−", "-")) for name, number in texts}


def test_a_kept_entry_shows_the_parts_of_its_score_and_their_sum(browser, apart):
    i, j = kept_entry(2)
    parts = score_parts(4, 10).at(2, torch.tensor([i]), torch.tensor([j]))[0]
    visit = Visit(browser, apart, f"#layer=1&head=2&lock={i}_{j}")
    expect(visit.page.locator("#scores")).to_be_visible()

    for table, side in ((0, 1), (1, 0)):
        found = told(visit.page, table)
        assert found.pop("score") == pytest.approx(float(parts[side].sum()), rel=0.01, abs=0.001)
        assert "4 others" in found and len(found) == 9
        assert sum(found.values()) == pytest.approx(float(parts[side].sum()), rel=0.02, abs=0.02)
        assert max(map(abs, found.values())) == pytest.approx(float(parts[side].abs().max()), rel=0.01)
    visit.closed()


def test_a_part_leads_to_the_head_that_wrote_it(browser, apart):
    i, j = kept_entry(2)
    visit = Visit(browser, apart, f"#layer=1&head=2&lock={i}_{j}")
    button = visit.page.locator(".parts").first.locator("button").first
    head = re.search(r"layer 0, head (\d)", button.inner_text())[1]
    button.click()

    expect(visit.page.locator("#large-title")).to_contain_text(f"Layer 0, head {head}")
    expect(visit.page).to_have_url(re.compile(f"lock={j}_-1"))
    expect(visit.page.locator("#scores")).to_be_hidden()
    visit.closed()


def test_an_entry_whose_score_is_not_kept_and_a_layer_without_say_so(browser, apart):
    visit = Visit(browser, apart, "#layer=1&head=2&lock=0_9")
    expect(visit.page.locator("#scores")).to_contain_text("Scores are kept for the 10 entries")
    visit.page.locator("#heads button[data-layer='0'][data-head='0']").click()
    expect(visit.page.locator("#scores")).to_contain_text("There is nothing before it.")
    visit.page.keyboard.press("Escape")
    expect(visit.page.locator("#scores")).to_be_hidden()
    visit.closed()


def test_the_page_says_in_a_sentence_which_map_predicts_the_model(browser, apart):
    visit = Visit(browser, apart)
    page = visit.page
    page.locator("#faithful").scroll_into_view_if_needed()

    expect(page.locator(".verdict")).to_have_text(
        "Which positions the answer depends on is told best by contribution (24 examples); "
        "not told apart from it: weights."
    )
    expect(page.locator("#faithful .curves svg")).to_have_count(2)
    names = page.locator(".gains tbody th").all_inner_texts()
    assert [name.strip() for name in names] == ["contribution", "weights", "random"]
    assert page.locator(".gains .own th").inner_text().strip() == "weights"
    visit.closed()


def test_steps_of_training_are_a_slider_with_the_best_weights_at_its_end(browser, folder):
    planted = Planted(examples=("one", "two"), steps=(0, 1500, None))
    result = lens_result(planted)
    visit = Visit(browser, written(folder, "steps", result))
    page, step = visit.page, visit.page.locator("#step")

    expect(page.locator("#moment")).to_have_text("best")
    step.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#moment")).to_have_text("1,500")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#moment")).to_have_text("0, untrained")
    value = maps_of(result.models[0].views[0].layers[0].maps["weights"])[0, 5, 4]
    page.mouse.move(**center(page, 5, 4, 10, 10))
    shown = page.locator(".tip b").first.inner_text().replace("−", "-")
    assert float(shown) == pytest.approx(float(value), rel=0.01)
    visit.closed()


def test_beside_a_model_of_other_steps_stands_the_last_moment_before(browser, folder):
    result = lens_result(Planted(steps=(0, 100, None)), Planted(steps=(0, 80, None), label="delta"))
    visit = Visit(browser, written(folder, "other-steps", result), "#step=100")

    expect(visit.page.locator(".panel h3").nth(0)).to_contain_text("step 100")
    expect(visit.page.locator(".panel h3").nth(1)).to_contain_text("step 80")
    visit.closed()


def test_blocks_of_positions_are_named_by_their_ends(browser, folder):
    planted = Planted(layers=2, heads=2, tokens=tuple(f"t{i}" for i in range(100)), pooled=8)
    visit = Visit(browser, written(folder, "pooled", lens_result(planted)))
    page = visit.page
    page.mouse.move(**center(page, 12, 2, 13, 13))

    expect(page.locator(".tip")).to_contain_text("positions 96–99 read positions 16–23")
    expect(page.locator(".frame text").first).to_have_text("\u20680–7\u2069")
    read = page.locator("#readings .read th").all_text_contents()
    assert read and all(int(name.split("–")[0]) % 8 == 0 for name in read)
    page.locator("#flow").scroll_into_view_if_needed()
    expect(page.locator("#layers .edge").first).to_have_attribute("aria-label", re.compile("positions"))
    visit.closed()


def test_single_rows_of_a_map_in_blocks_are_shown_as_they_are(browser, folder):
    planted = Planted(layers=2, heads=2, tokens=tuple(f"t{i}" for i in range(60)), pooled=8)
    result = lens_result(planted)
    visit = Visit(browser, written(folder, "rows", result), "#layer=1&head=1")
    page = visit.page

    expect(page.locator("#rows .caption")).to_contain_text("\u2068t59\u2069 (59) reads, exactly")
    page.locator("#rows button").first.click()
    expect(page.locator("#rows .caption")).to_contain_text("\u2068t58\u2069 (58) reads, exactly")
    row = maps_of(result.models[0].views[0].layers[1].maps["weights"].rows.block)[1, 0]
    read = [int(text) for text in page.locator("#rows .read .at").all_inner_texts()]
    assert len(read) == 20 and row[read].min() == row.topk(20).values[-1]
    expect(page).to_have_url(re.compile("exact=58"))
    visit.closed()


def test_blocks_too_narrow_for_names_have_round_positions(browser, folder):
    planted = Planted(layers=1, heads=1, tokens=tuple(f"t{i}" for i in range(1200)), pooled=8)
    visit = Visit(browser, written(folder, "pooled-long", lens_result(planted)))
    labels = visit.page.locator(".panel .frame").first.locator("text").all_text_contents()

    assert {"\u20680\u2069", "\u2068160\u2069"} <= set(labels)
    visit.closed()


def test_lines_are_followed_by_keys(browser, folder):
    visit = Visit(browser, written(folder, "small", lens_result(SMALL)))
    page = visit.page
    page.locator("#flow").scroll_into_view_if_needed()
    expect(page.locator("#layers .edge")).to_have_count(60)
    page.locator("#layers .edge[tabindex='0']").focus()
    focused = "document.activeElement.getAttribute('aria-label')"
    first = page.evaluate(focused)
    assert first == page.locator("#layers .edge").last.get_attribute("aria-label")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == page.locator("#layers .edge").nth(58).get_attribute("aria-label")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(focused) == first
    at = reads(first)
    for key, end in (("ArrowUp", "reader"), ("ArrowDown", "read")):
        page.keyboard.press(key)
        now = reads(page.evaluate(focused))
        assert now == at or now["read" if end == "reader" else "reader"] == at[end]
        at = now
    expect(page.locator("#carriers button")).to_have_count(4)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('#carriers') !== null")
    visit.closed()


def reads(label: str) -> dict[str, str]:
    reader, read, layer = re.search(r"\((\d+)\) reads .*\((\d+)\): .*layer (\d)", label).groups()
    return {"reader": reader, "read": read, "layer": layer}


SMALL_TARGETS = """() => [...document.querySelectorAll("button, select, input, .tokens span")]
    .filter(each => each.offsetParent && !each.disabled)
    .map(each => [(each.closest("label") ?? each).getBoundingClientRect(), each])
    .filter(([{width, height}]) => width && Math.min(width, height) < 24)
    .map(([{width, height}, each]) => `${each.outerHTML.slice(0, 99)}: ${width} x ${height}`)
"""


def test_what_is_touched_is_as_large_as_a_finger_needs(browser, apart):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, offline=True
    )
    page = context.new_page()
    i, j = kept_entry(2)
    page.goto(apart.as_uri() + f"#layer=1&head=2&lock={i}_{j}")
    page.wait_for_selector("html[data-ready]")
    page.locator("#flow").scroll_into_view_if_needed()

    assert page.evaluate(SMALL_TARGETS) == []
    context.close()


def test_a_reason_that_holds_for_several_levels_stands_once(browser, folder):
    result = lens_result(Planted(layers=2))
    (model,) = result.models
    (view,) = model.views
    absent = LayerView(refused=dict.fromkeys(("weights", "operator"), "It reads other positions."))
    named = replace(view, keys=tuple(map(str, range(10))), queries=tuple(map(str, range(10))))
    models = (
        replace(model, views=(replace(named, layers=(view.layers[0], absent)),), untried="It was not tried."),
    )
    visit = Visit(browser, written(folder, "reasons", replace(result, models=models)))
    page = visit.page

    expect(page.locator("#refusals li")).to_have_text(
        "weights, operator are not shown (layer 1): It reads other positions."
    )
    page.locator("#faithful").scroll_into_view_if_needed()
    expect(page.locator("#tried")).to_have_text("It was not tried.")
    expect(page.locator("#tried-how")).to_be_hidden()
    # names that are numbers already are not numbered again
    page.locator(".strip").nth(1).locator("span", has_text="3").click()
    expect(page.locator(".read .at")).to_have_count(0)
    expect(page.locator(".strip").nth(1).locator("b")).to_have_text("position 3")
    visit.closed()


def test_what_is_not_known_of_an_answer_is_said_once_with_its_reason(browser, folder):
    result = lens_result(Planted())
    (model,) = result.models
    gate = {"ablated": "A gate lies between."}

    def hidden(view):
        first, *others = view.layers
        known = [replace(layer, guesses=(), refused={"guesses": "It gives no logits."}) for layer in others]
        return (replace(first, ablated=(), guesses=(), refused=known[0].refused | gate), *known)

    views = tuple(replace(view, layers=hidden(view)) for view in model.views)
    changed = replace(result, models=(replace(model, views=views),))
    visit = Visit(browser, written(folder, "reasons", changed))

    expect(visit.page.locator("#answered p.minor")).to_have_text(
        [
            "What it would answer if a layer were the last is not known: It gives no logits.",
            "What becomes of the answer without a head is not known of some layers: A gate lies between.",
        ]
    )
    visit.closed()
