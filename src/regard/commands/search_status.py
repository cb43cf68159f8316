"""What `regard search status` tells, and `regard search run` while it goes on."""

from dataclasses import dataclass
from datetime import datetime
from typing import final

from regard.search.correlation import RankCorrelation
from regard.search.foretelling import foretelling
from regard.search.ledger import Ledger
from regard.search.settings import settings_from


@final
@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far a search has come."""

    evaluations: int
    """That it will do."""
    born: int
    judged: int
    trainings: int
    duplicates_saved: int
    refused_by_rules: int
    stopped_by_audits: int
    candidates_per_minute: float | None
    """From the first birth to the last judgment, pauses included; None before there is one."""
    rungs: RankCorrelation | None
    """How well the first rung foretells the second; None while too few candidates were on both."""


def standing(ledger: Ledger) -> Standing:
    """How far a search has come, by its ledger."""
    births, times, refusals = ledger.births(), ledger.times(), ledger.refusals()
    description = ledger.description()
    return Standing(
        evaluations=settings_from(description).evaluations,
        born=len(births),
        judged=len(times),
        trainings=len(ledger.scores()),
        duplicates_saved=sum(each.twin is not None for each in refusals),
        refused_by_rules=sum(each.twin is None for each in refusals),
        stopped_by_audits=sum(each.costs is None for each in ledger.audits().values()),
        candidates_per_minute=_pace(ledger.begun(), times),
        rungs=foretelling(ledger),
    )


def _pace(begun: str | None, times: list[tuple[str, int]]) -> float | None:
    if begun is None or not times:
        return None
    minutes = (datetime.fromisoformat(times[-1][0]) - datetime.fromisoformat(begun)).total_seconds() / 60
    return round(len(times) / minutes, 2) if minutes else None
