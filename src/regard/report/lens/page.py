"""From what the lens saw to the text of its page."""

import json
from pathlib import Path
from typing import Any

from markupsafe import Markup

from regard.core.results import LensResult
from regard.pages import render
from regard.report.lens.colors import color_tables
from regard.report.lens.words import LEVELS, METRICS, PARTS

TEMPLATE = Path(__file__).parent / "lens.html"


def render_lens(result: LensResult) -> str:
    """The whole page. The same result gives the same text.

    What comes from models and data is written into it as JSON that no browser runs, and its scripts show it
    as text.
    """
    data = {
        "result": result.to_json(),
        "colors": color_tables(),
        "words": {"levels": LEVELS, "metrics": METRICS, "parts": PARTS},
    }
    return render(TEMPLATE, {"title": result.title, "models": result.models, "data": _json(data)})


def _json(value: Any) -> Markup:
    """JSON inside an element of the page: no `<` in it, so that nothing in it can end the element."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))
