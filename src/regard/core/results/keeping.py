"""Results on disk: `FOLDER/DIGEST.json`, and beside it the same as a flat CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from regard.core.files import write, writing
from regard.core.results.result import Result

Records = Sequence[Mapping[str, Any]]


def keep_in(project: Path, result: Result, records: Records) -> Path:
    """Write a result and its CSV, each whole or not at all, and return the path of the JSON.

    Raises `Unwritable`.
    """
    path = result.path_in(project, result.digest)
    with writing(project):
        path.parent.mkdir(parents=True, exist_ok=True)
    write(path.with_suffix(".csv"), csv_of(records).encode("utf-8", "replace"))
    result.write(path)
    return path


def csv_of(records: Records) -> str:
    """Records with the same keys as CSV, a line each; nothing if there are none."""
    if not records:
        return ""
    text = io.StringIO()
    writer = csv.DictWriter(text, records[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()
