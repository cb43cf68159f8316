"""From a template and values to the text of a page: one file that needs no other and no network."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from regard.core import numbers

HERE = Path(__file__).parent

FILTERS = ("percent", "points", "span", "signed_span", "p_value", "count", "counted", "short", "significant",
           "memory", "tied", "setting")  # fmt: skip
"""Functions of `numbers` by which templates write numbers: `{{ score | percent }}`."""


def render(template: Path, values: Mapping[str, Any]) -> str:
    """The page that a template describes. Whatever the values hold is escaped.

    The template extends `shell.html`, and imports `kit.html` for what pages share: numbers, tables, figures,
    swatches. Beside it, under the same name, may lie a style sheet (`page.css`), which follows the kit's, and
    a script (`page.js`), the only one that the page's security policy lets run. Both come into the page.
    A large script is a folder `scripts` of small files instead, joined in the order of their names into one
    strict script. What each declares all others know, so nothing in them may depend on that order: the work
    begins with the event `DOMContentLoaded`.
    """
    environment = Environment(
        loader=FileSystemLoader([template.parent, HERE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {name: getattr(numbers, name) for name in FILTERS}
    style = _read(HERE / "kit.css") + _read(template.with_suffix(".css"))
    # an end of the element inside a string would end the script
    script = _script(template).replace("</", "<\\/")
    return environment.get_template(template.name).render(
        values, style=Markup(style), script=Markup(script), script_hash=_hash(script)
    )


def _script(template: Path) -> str:
    parts = sorted((template.parent / "scripts").glob("*.js"))
    if not parts:
        return _read(template.with_suffix(".js"))
    return "".join(['"use strict";\n', *map(_read, parts)])


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""


def _hash(script: str) -> str:
    """By which the security policy knows the script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
