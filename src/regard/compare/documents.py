"""Results on disk: `comparisons/DIGEST.json`, and beside it the same as a flat CSV."""

import csv
import dataclasses
import io
from pathlib import Path
from typing import Any

from regard.core.files import write
from regard.core.results import ComparisonResult, Difference, Row
from regard.store import Store


def path_of(digest: str, store: Store) -> Path:
    """Where the result of a comparison lies in a project folder."""
    return ComparisonResult.path_in(store.folder, digest)


def keep(result: ComparisonResult, store: Store) -> Path:
    """Write a result and its CSV, each whole or not at all. Returns the path of the JSON."""
    path = path_of(result.digest, store)
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path.with_suffix(".csv"), flat(result).encode())
    result.write(path)
    return path


def recall(digest: str, store: Store) -> ComparisonResult | None:
    """The result that was kept; None if none was. Raises `Corrupt` for one that cannot be read."""
    path = path_of(digest, store)
    return ComparisonResult.read(path) if path.is_file() else None


def flat(result: ComparisonResult) -> str:
    """The rows as CSV, one line per mechanism; seeds and trials are left to the JSON."""
    lines = [_line(row, result.tuned) for row in result.rows]
    text = io.StringIO()
    writer = csv.DictWriter(text, lines[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def _line(row: Row, tuned: str) -> dict[str, Any]:
    """One row with names of one level: `difference.interval` becomes `difference_low` and `_high`."""
    difference = row.difference
    apart = [field.name for field in dataclasses.fields(Difference) if field.name != "interval"]
    return {
        "label": row.label,
        "tuned": tuned,
        "chosen": row.chosen,
        "mean": row.mean,
        **_borders("", row.interval),
        "interval_method": row.interval_method,
        "seeds": len(row.seeds),
        "failures": row.failures,
        # of the baseline they are empty
        **{f"difference_{name}": getattr(difference, name, None) for name in apart},
        **_borders("difference_", difference.interval if difference else None),
        "steps_to_target": row.steps_to_target,
        **dataclasses.asdict(row.cost),
        "reach": row.reach,
        "p_chance": row.p_chance,
    }


def _borders(prefix: str, interval: tuple[float, float] | None) -> dict[str, float | None]:
    low, high = interval or (None, None)
    return {f"{prefix}low": low, f"{prefix}high": high}
