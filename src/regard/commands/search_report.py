"""What `regard search report` does: gather the evidence of a search, and write its page."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import TypeVar

from regard.commands.search import front_of, space_of
from regard.commands.search_card import ablation_of, confirmation_of
from regard.commands.search_contest import contest
from regard.commands.search_lineage import lineage_of
from regard.core.errors import InvalidOption
from regard.core.files import write
from regard.core.results.search import Found, FrontResult
from regard.core.results.search_report import (
    Flattery,
    Foretelling,
    Kin,
    NullSearch,
    OperatorYield,
    SearchReport,
)
from regard.report.search import render_search
from regard.search.archive import Archive
from regard.search.foretelling import foretelling
from regard.search.ledger import FILE, Birth, Ledger
from regard.search.ranking import hypervolume
from regard.search.relatives import relatives
from regard.search.settings import settings_from

R = TypeVar("R")

RESULT, PAGE = "report.json", "report.html"

NULL = "null"
"""The folder, within that of a search, where the same search with `null=true` is looked for."""


def report_search(folder: Path) -> Path:
    """Write `report.json` and `report.html` of a search. Returns the page's path. Raises `MissingFile`."""
    with Ledger.existing(folder) as ledger:
        found = evidence(ledger)
    found = replace(
        found,
        ablations=_known_of(found.front, lambda each: ablation_of(folder, found.front, each)),
        confirmations=_known_of(found.front, lambda each: confirmation_of(folder, found.front, each)),
        null=_null(folder / NULL),
        contest=contest(folder, found.front),
    )
    found.write(folder / RESULT)
    write(folder / PAGE, render_search(found).encode("utf-8", "replace"))
    return folder / PAGE


def evidence(ledger: Ledger) -> SearchReport:
    """All that the ledger says about a search."""
    front = front_of(ledger)
    births = {birth.number: birth for birth in ledger.births()}
    return SearchReport(
        digest=front.digest,
        front=front,
        volumes=_volumes(ledger),
        operators=_yields(ledger, births, front),
        rungs=_foretelling(ledger),
        flattery=tuple(
            Flattery(number=each.number, found_with=each.search_quality, fresh=each.values["quality"])
            for each in front.front
            if each.seeds and each.search_quality is not None and "quality" in each.values
        ),
        lineage=lineage_of(ledger, front),
        kin=tuple(_kin(front)),
        proxies=_controls(ledger),
    )


def _known_of(front: FrontResult, find: Callable[[Found], R | None]) -> tuple[R, ...]:
    """What is found of the candidates of a front, for those of which there is something."""
    return tuple(known for each in front.front if (known := find(each)) is not None)


def _kin(front: FrontResult) -> Iterator[Kin]:
    space = space_of(settings_from(front.description))
    for each in front.front:
        near = relatives(space, space.from_json(each.genome))
        yield Kin(
            by_edits=near.by_edits, edits=near.edits, by_outputs=near.by_outputs, likeness=near.likeness
        )


def _null(folder: Path) -> NullSearch | None:
    """What the search with shuffled targets has found; None where there is none."""
    if not (folder / FILE).is_file():
        return None
    with Ledger.existing(folder) as ledger:
        front = front_of(ledger)
    if not front.description["null"]:
        raise InvalidOption(f"{folder} holds a search without null=true. Run the null search there.")
    luck = [each.search_quality for each in front.front if each.search_quality is not None]
    fresh = [each.values["quality"] for each in front.front if each.seeds and "quality" in each.values]
    return NullSearch(
        evaluated=front.evaluated, best_found=max(luck, default=None), best_fresh=max(fresh, default=None)
    )


def _volumes(ledger: Ledger) -> tuple[tuple[int, float], ...]:
    """The hypervolume after every turn, from the worst corner of all that was ever judged."""
    turns = ledger.judgments()
    known = [each.losses for turn in turns for each in turn if each.losses is not None and each.feasible]
    if not known:
        return ()
    worst = [max(column) for column in zip(*known, strict=True)]
    best = [min(column) for column in zip(*known, strict=True)]
    span = [max(high - low, 1e-12) for low, high in zip(best, worst, strict=True)]
    archive, found = Archive(), []
    for turn in turns:
        archive.add(turn)
        scaled = [
            tuple((x - low) / s for x, low, s in zip(each.losses or (), best, span, strict=True))
            for each in archive.front
        ]
        found.append((len(archive.known), hypervolume(scaled, [1.1] * len(span)) / 1.1 ** len(span)))
    return tuple(found)


def _yields(ledger: Ledger, births: Mapping[int, Birth], front: FrontResult) -> tuple[OperatorYield, ...]:
    refusals = ledger.refusals()
    judged = {each.number for turn in ledger.judgments() for each in turn if each.losses is not None}
    on_front = {each.number for each in front.front}
    born = Counter(birth.operator for birth in births.values())
    same = Counter(each.operator for each in refusals if each.twin is not None)
    ruled = Counter(each.operator for each in refusals if each.twin is None)
    return tuple(
        OperatorYield(
            operator=name,
            drawn=born[name] + same[name] + ruled[name],
            duplicates=same[name],
            refused=ruled[name],
            judged=sum(births[i].operator == name for i in judged),
            on_front=sum(births[i].operator == name for i in on_front),
        )
        for name in sorted({*born, *same, *ruled})
    )


def _foretelling(ledger: Ledger) -> Foretelling | None:
    found = foretelling(ledger)
    return None if found is None else Foretelling(**vars(found))


def _controls(ledger: Ledger) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, list[float]]] = {}
    for each in ledger.scores():
        if each.subject.startswith("control ") and each.score is not None:
            name = each.subject.removeprefix("control ")
            found.setdefault(each.proxy, {}).setdefault(name, []).append(each.score)
    return {proxy: {name: fmean(v) for name, v in sorted(of.items())} for proxy, of in found.items()}
