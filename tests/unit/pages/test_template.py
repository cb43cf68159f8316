"""From a template to one file that needs no other."""

import base64
import hashlib
import html
import re
from pathlib import Path

import jinja2
import pytest

from regard.pages import render

PLAIN = """{% extends "shell.html" %}
{% import "kit.html" as kit %}
{% block title %}{{ name }}{% endblock %}
{% block body %}<p>{{ kit.number(share, share | percent) }}</p>{% endblock %}
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text(PLAIN)
    return path


def test_values_are_escaped_and_numbers_stand_as_people_read_them_and_as_they_are(template):
    page = render(template, {"name": "<b>&", "share": 0.5})

    assert "<title>&lt;b&gt;&amp; – regard</title>" in page
    assert '<data value="0.5">50.0' in page


def test_a_value_that_is_missing_is_an_error_and_not_an_empty_place(template):
    with pytest.raises(jinja2.UndefinedError, match="share"):
        render(template, {"name": "a"})


def test_the_style_sheet_beside_the_template_follows_the_one_of_the_kit(template):
    template.with_suffix(".css").write_text(".own { color: red; }")
    page = render(template, {"name": "a", "share": 0.5})

    assert page.index("--ink:") < page.index(".own { color: red; }") < page.index("</style>")


def test_without_a_script_no_script_may_run(template):
    page = render(template, {"name": "a", "share": 0.5})

    assert "script" not in page
    assert "default-src 'none'" in page


def test_the_script_beside_the_template_is_the_only_one_that_may_run(template):
    template.with_suffix(".js").write_text('const end = "</script>";')
    page = render(template, {"name": "a", "share": 0.5})
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)

    assert script == 'const end = "<\\/script>";'
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html.unescape(page)


def test_a_folder_of_scripts_is_joined_by_name_into_one_strict_script(template):
    folder = template.parent / "scripts"
    folder.mkdir()
    (folder / "second.js").write_text("function second() { return '</b>'; }\n")
    (folder / "first.js").write_text("function first() { return second(); }\n")
    (folder / "notes.txt").write_text("no script")
    page = render(template, {"name": "a", "share": 0.5})
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)

    first, second = "function first() { return second(); }\n", "function second() { return '<\\/b>'; }\n"
    assert script == f'"use strict";\n{first}{second}'
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html.unescape(page)
