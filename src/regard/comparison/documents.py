"""Results on disk: `comparisons/DIGEST.json`, and beside it the same as a flat CSV."""

from pathlib import Path

from regard.core.files import write
from regard.core.results import ComparisonResult, OptimizersResult
from regard.core.results.flat import records
from regard.core.results.keeping import csv_of, keep_in
from regard.core.results.optimizers_flat import curve_records
from regard.core.results.optimizers_flat import records as optimizer_records
from regard.store import Store


def path_of(digest: str, store: Store) -> Path:
    """Where the result of a comparison lies in a project folder."""
    return ComparisonResult.path_in(store.folder, digest)


def keep(result: ComparisonResult, store: Store) -> Path:
    """Write a result and its CSV, each whole or not at all. Returns the path of the JSON."""
    return keep_in(store.folder, result, records(result))


def recall(digest: str, store: Store) -> ComparisonResult | None:
    """The result that was kept; None if none was. Raises `Corrupt` for one that cannot be read."""
    path = path_of(digest, store)
    return ComparisonResult.read(path) if path.is_file() else None


def flat(result: ComparisonResult) -> str:
    """The rows as CSV, one line per mechanism; seeds and trials are left to the JSON."""
    return csv_of(records(result))


def keep_study(result: OptimizersResult, store: Store) -> Path:
    """Write a comparison of optimizers, its rows as CSV and its curves as `DIGEST.curves.csv`.

    Returns the path of the JSON.
    """
    path = keep_in(store.folder, result, optimizer_records(result))
    if curves := curve_records(result):
        write(path.with_suffix(".curves.csv"), csv_of(curves).encode("utf-8", "replace"))
    return path
