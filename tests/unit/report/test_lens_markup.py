"""The page of the lens as text: what it holds, and what it cannot become."""

import base64
import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lens_results import Planted, lens_result
from matplotlib import colormaps

from regard.core.results.lens import LensResult
from regard.report.lens import render_lens
from regard.report.lens.colors import color_tables
from regard.report.lens.page import TEMPLATE
from regard.report.lens.words import LEVELS

SCRIPTS = sorted((TEMPLATE.parent / "scripts").glob("*.js"))
END = "</script><script>alert(1)</script>"


def held(page: str) -> dict:
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(text)


def test_the_page_holds_the_whole_result():
    result = lens_result(Planted(signed=True, memory=True), Planted(grid=3, label="delta"))

    assert LensResult.from_json(held(render_lens(result))["result"]) == result


def test_the_same_result_gives_the_same_page():
    assert render_lens(lens_result(Planted())) == render_lens(lens_result(Planted()))


def test_no_text_of_the_data_can_end_its_element():
    planted = Planted(tokens=(END, "<!--", '"', "'", "שלום", "👩‍👩‍👧", "\u2028", "x" * 10_000), label=END)
    page = render_lens(lens_result(planted, title=END))

    assert len(re.findall("<script", page)) == len(re.findall("</script", page)) == 2
    assert held(page)["result"]["models"][0]["views"][0]["keys"] == list(planted.tokens)


def test_text_that_no_file_can_hold_is_written_as_json_can():
    planted = Planted(tokens=("\ud800", "b"))

    assert r"\ud800" in render_lens(lens_result(planted))


def test_the_policy_lets_one_script_run_and_nothing_be_fetched():
    page = render_lens(lens_result(Planted()))
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)

    assert policy.startswith(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-"
    )
    assert "unsafe-eval" not in policy
    assert "https://" not in page.split('id="data"')[0]


def test_code_is_small_and_its_files_are():
    code = sum(path.stat().st_size for path in [*SCRIPTS, TEMPLATE, TEMPLATE.with_suffix(".css")])
    lines = {path.name: len(path.read_text("utf-8").splitlines()) for path in SCRIPTS}

    assert code <= 150_000
    assert sum(lines.values()) <= 1_900
    assert max(lines.values()) <= 250


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_no_script_makes_html_of_text_or_asks_a_network(path):
    text = path.read_text("utf-8")
    parts = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch(", "import(")

    assert [part for part in parts if part in text] == []
    assert text.startswith("// ")


def test_the_files_of_the_page_are_part_of_the_package():
    settings = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))
    (patterns,) = settings["tool"]["setuptools"]["package-data"].values()
    package = TEMPLATE.parents[2]
    shipped = {path for pattern in patterns for path in package.glob(pattern)}

    assert {*SCRIPTS, TEMPLATE, TEMPLATE.with_suffix(".css")} <= shipped


def test_colors_are_those_of_matplotlib():
    table = np.frombuffer(base64.b64decode(color_tables()["light"]["sequential"]), np.uint8).reshape(256, 3)

    assert np.abs(table / 255 - colormaps["Blues"](np.arange(256))[:, :3]).max() <= 0.5 / 255 + 1e-12


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_zero_is_in_the_middle_of_a_diverging_table_and_is_its_calmest_color(scheme):
    table = np.frombuffer(base64.b64decode(color_tables()[scheme]["diverging"]), np.uint8).reshape(256, 3)
    spread = table.max(1).astype(int) - table.min(1)

    assert spread[127:129].max() <= 16
    assert spread[[40, 215]].min() > 60


def test_every_level_is_explained():
    block = lens_result(Planted(signed=True)).models[0].views[0].layers[0].maps

    assert set(block) <= set(LEVELS)


def test_a_result_without_anything_in_it_is_a_page():
    result = lens_result(Planted())
    bare = replace(result, models=tuple(replace(model, views=()) for model in result.models))

    assert "<h1>" in render_lens(bare)
