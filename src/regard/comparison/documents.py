"""Results on disk: `comparisons/DIGEST.json`, and beside it the same as a flat CSV."""

import csv
import io
from pathlib import Path

from regard.core.files import write
from regard.core.results import ComparisonResult
from regard.core.results.flat import records
from regard.store import Store


def path_of(digest: str, store: Store) -> Path:
    """Where the result of a comparison lies in a project folder."""
    return ComparisonResult.path_in(store.folder, digest)


def keep(result: ComparisonResult, store: Store) -> Path:
    """Write a result and its CSV, each whole or not at all. Returns the path of the JSON."""
    path = path_of(result.digest, store)
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path.with_suffix(".csv"), flat(result).encode("utf-8", "replace"))
    result.write(path)
    return path


def recall(digest: str, store: Store) -> ComparisonResult | None:
    """The result that was kept; None if none was. Raises `Corrupt` for one that cannot be read."""
    path = path_of(digest, store)
    return ComparisonResult.read(path) if path.is_file() else None


def flat(result: ComparisonResult) -> str:
    """The rows as CSV, one line per mechanism; seeds and trials are left to the JSON."""
    lines = records(result)
    text = io.StringIO()
    writer = csv.DictWriter(text, lines[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()
