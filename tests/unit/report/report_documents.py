"""Stored documents of a project, to be changed by hand."""

import json
from pathlib import Path


def document_of(folder: Path, task: str) -> tuple[Path, dict]:
    for path in (folder / "comparisons").glob("*.json"):
        document = json.loads(path.read_text())
        if document["task"]["name"] == task:
            return path, document
    raise AssertionError(task)


def relabel(folder: Path, label: str) -> None:
    """Give one mechanism of one task another label."""
    path, document = document_of(folder, "digits")
    document["rows"][1] |= {"label": label, "mechanism": label}
    path.write_text(json.dumps(document))
