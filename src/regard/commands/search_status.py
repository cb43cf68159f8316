"""What `regard search status` tells."""

from datetime import datetime
from pathlib import Path
from typing import Any

from regard.search.ledger import Ledger
from regard.search.settings import settings_from


def status_of(folder: Path) -> dict[str, Any]:
    """How far the search in a folder has come. Raises `MissingFile` where there is none."""
    with Ledger.existing(folder) as ledger:
        description = ledger.description()
        births, times = ledger.births(), ledger.times()
        refusals = ledger.refusals()
        return {
            "evaluations": settings_from(description).evaluations if description else None,
            "born": len(births),
            "judged": len(times),
            "trainings": len(ledger.scores()),
            "duplicates_saved": sum(each.twin is not None for each in refusals),
            "refused_by_rules": sum(each.twin is None for each in refusals),
            "candidates_per_minute": _pace([time for time, _ in times]),
        }


def _pace(times: list[str]) -> float | None:
    """Over the whole search; None before there are two."""
    if len(times) < 2:
        return None
    minutes = (datetime.fromisoformat(times[-1]) - datetime.fromisoformat(times[0])).total_seconds() / 60
    return round((len(times) - 1) / minutes, 2) if minutes else None
