"""The pages in the documentation that are written from judgments."""

from typing import Any

from regard.laws import Laws, law_table, support_matrix
from regard.laws.tables import Judged, unjudged

TITLES = {"mechanism": "Conformance"}


def conformance_page(laws: Laws[Any], judged: Judged) -> str:
    """Support first, since that is what one looks for; then the laws; then what could not be judged."""
    noun, missing = laws.kind, unjudged(judged)
    known = {name: judgments for name, judgments in judged.items() if name not in missing}
    parts = [
        f"# {TITLES.get(noun, f'Conformance of {noun}s')}",
        "Written by `make docs` from measurements; never edited by hand.",
        f"## What each {noun} supports",
        support_matrix(laws, known),
        "## The laws, and who keeps them",
        law_table(laws, known),
    ]
    if missing:
        parts.append(f"Not judged, for want of data or of an option: {', '.join(f'`{n}`' for n in missing)}.")
    return "\n\n".join(part.strip() for part in parts) + "\n"
