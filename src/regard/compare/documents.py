"""Results on disk: `comparisons/DIGEST.json`, and beside it the same as a flat CSV."""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from regard.core.errors import Corrupt
from regard.core.files import write
from regard.store import Store

Document = dict[str, Any]
"""The result of a comparison, as JSON. See `tabulate`."""

FORMAT = 1
"""The number of the document's format. A change that an old reader would misread is a new number."""


def path_of(digest: str, store: Store, suffix: str = ".json") -> Path:
    """Where the result of a comparison lies in a project folder."""
    return store.folder / "comparisons" / f"{digest}{suffix}"


def keep(document: Document, store: Store) -> Path:
    """Write a document and its CSV, each whole or not at all. Returns the path of the document."""
    path = path_of(document["digest"], store)
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path.with_suffix(".csv"), flat(document).encode())
    write(path, (json.dumps(document, indent=1, allow_nan=False) + "\n").encode())
    return path


def recall(digest: str, store: Store) -> Document | None:
    """The document that was kept; None if none was. Raises `Corrupt` for one that cannot be read."""
    path = path_of(digest, store)
    if not path.is_file():
        return None
    try:
        document = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        message = f"{path} is damaged ({error}). Remove it and compare again: no finished run is repeated."
        raise Corrupt(message) from error
    if not _whole(document):
        message = f"{path} is not a result of format {FORMAT}. Remove it and compare again."
        raise Corrupt(message)
    return document


def _whole(document: Any) -> bool:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        return False
    rows = document.get("rows")
    return isinstance(rows, list) and all(
        isinstance(row, dict) and {"label", "cost"} <= {*row} for row in rows
    )


def flat(document: Document) -> str:
    """The document's rows as CSV, one line per mechanism; lists are left to the JSON."""
    lines = [_line(row) for row in document["rows"]]
    columns = list(dict.fromkeys(name for line in lines for name in line))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    """One row with names of one level: `difference.interval` becomes `difference_low` and `_high`."""
    difference = row["difference"] or {}
    apart = {name: value for name, value in difference.items() if name != "interval"}
    return {
        **{name: row[name] for name in ("label", "rate", "mean")},
        **_borders("", row["interval"]),
        "interval_method": row["interval_method"],
        "seeds": len(row["seeds"]),
        "failures": row["failures"],
        **{f"difference_{name}": value for name, value in apart.items()},
        **_borders("difference_", difference.get("interval")),
        "steps_to_target": row["steps_to_target"],
        **row["cost"],
    }


def _borders(prefix: str, interval: list[float] | None) -> dict[str, float | None]:
    low, high = interval or (None, None)
    return {f"{prefix}low": low, f"{prefix}high": high}
