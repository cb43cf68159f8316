"""From a law and a subject to a verdict."""

import math
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from regard.attention.conformance.law import Case, Law
from regard.attention.conformance.subject import Subject
from regard.attention.mechanism import Mechanism
from regard.core.catalog import Catalog
from regard.core.errors import RegardError

CATALOG = Catalog("law", "regard.attention.conformance.laws")


@dataclass(frozen=True)
class Verdict:
    """Whether a mechanism keeps a law, and the figure that decided it."""

    law: str
    outcome: Literal["holds", "broken", "exempt"]
    figure: float | None
    """The worst case's figure: 0 is perfect. None if exempt, or if the mechanism raised an error."""
    limit: float
    note: str = ""
    """Why it is exempt, where it is broken, or the error that the mechanism raised."""


def laws() -> list[str]:
    """The names of all laws."""
    return CATALOG.names()


def check(part: type[Mechanism], options: Mapping[str, Any] | None = None) -> Iterator[Verdict]:
    """Judge a mechanism by every law, one verdict at a time.

    Raises a `RegardError` at once for a class that is no mechanism or cannot be built with these options.
    """
    subject = Subject(part, options or {})
    try:
        subject.build()
    except RegardError:
        raise
    except Exception as error:  # whatever a user's constructor raises
        raise RegardError(f"{part.__name__} cannot be built: {_line(error, subject)}") from error
    return (judge(subject, name) for name in laws())


def judge(subject: Subject, name: str) -> Verdict:
    """Judge a mechanism by one law. Raises `UnknownName` if there is no such law."""
    law: Law = CATALOG.build(name)
    reason = law.exempt(subject.traits)
    if reason is not None:
        return Verdict(name, "exempt", None, law.limit, reason)
    try:
        cases = _measured(law, subject)
    except Exception as error:  # noqa: BLE001 - whatever a user's mechanism raises, it breaks this law, not the others
        return Verdict(name, "broken", None, law.limit, _line(error, subject))
    return _verdict(law, cases)


def _measured(law: Law, subject: Subject) -> list[Case]:
    """All cases of a law, with the same chance each time, and without disturbing anybody else's."""
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(0)
        cases = list(law.measure(subject))
    assert cases, f"The law {law.name} tries no case."
    return [(where, math.inf if math.isnan(figure) else figure) for where, figure in cases]


def _verdict(law: Law, cases: list[Case]) -> Verdict:
    where, figure = max(cases, key=lambda case: case[1])
    broken = sum(case[1] > law.limit for case in cases)
    if not broken:
        return Verdict(law.name, "holds", figure, law.limit)
    note = where if broken == 1 else f"{where} (and {broken - 1} more of {len(cases)} cases)"
    return Verdict(law.name, "broken", figure, law.limit, note)


def _line(error: Exception, subject: Subject) -> str:
    """An error in one line: its kind, its first line, and where in the mechanism's own file it arose."""
    said = f"{type(error).__name__}: {error}".strip().splitlines()[0]
    # a class typed into a notebook has no file
    file = getattr(sys.modules.get(subject.part.__module__), "__file__", None)
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f"{said} ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else said
