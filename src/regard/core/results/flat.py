"""The rows of a comparison as records of one level: what its CSV and its data frame hold."""

import dataclasses
from typing import Any

from regard.core.results.comparison import ComparisonResult, Row
from regard.core.results.difference import Difference


def records(result: ComparisonResult) -> list[dict[str, Any]]:
    """One record per mechanism, the baseline's first; seeds and trials are left to the JSON."""
    return [_record(row, result.tuned) for row in result.rows]


def _record(row: Row, tuned: str) -> dict[str, Any]:
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
        "notes": " ".join(row.notes) or None,
    }


def _borders(prefix: str, interval: tuple[float, float] | None) -> dict[str, float | None]:
    low, high = interval or (None, None)
    return {f"{prefix}low": low, f"{prefix}high": high}
