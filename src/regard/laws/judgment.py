"""From a law and a subject to a judgment."""

import math
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, final

import torch

from regard.core.errors import MissingFile
from regard.laws.law import Case, Law, S
from regard.laws.surroundings import surroundings_restored

Outcome = Literal["holds", "broken", "exempt"]


@final
@dataclass(frozen=True)
class Judgment:
    """Whether a subject keeps a law, and the figure that decided it."""

    law: str
    outcome: Outcome
    figure: float | None
    """The worst case's figure: 0 is perfect. None if exempt, or if the part raised an error."""
    limit: float
    note: str = ""
    """Why it is exempt, where it is broken, or the error that the part raised."""


def judge(law: Law[S], subject: S) -> Judgment:
    """Judge a subject by a law. An error that the part raises breaks the law.

    Raises `MissingFile` where the data of the part are not there: that breaks no law.
    """
    try:
        # what a part changes for the whole process must not change what the next law finds
        with surroundings_restored():
            reason = law.exempt(subject)
            if reason is not None:
                return Judgment(law.name, "exempt", None, law.limit, reason)
            cases = _measured(law, subject)
    except MissingFile:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a user's part raises, it breaks this law, not the others
        return Judgment(law.name, "broken", None, law.limit, describe_error(error, subject.part))
    return _judgment(law, cases)


def describe_error(error: Exception, part: Callable[..., Any]) -> str:
    """An error in one line: its kind, its first line, where in the part's own file it arose, and what was
    tried.
    """
    said = f"{type(error).__name__}: {error}".strip().splitlines()[0]
    # a class typed into a notebook has no file
    file = getattr(sys.modules.get(part.__module__), "__file__", None)
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    place = f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
    tried = ", ".join(reversed(getattr(error, "__notes__", [])))
    return f"{said}{place}{f', {tried}' if tried else ''}"


def _measured(law: Law[S], subject: S) -> list[Case]:
    """All cases of a law, with the same random numbers each time."""
    with torch.enable_grad():
        torch.manual_seed(0)
        cases = list(law.measure(subject))
    return [(where, math.inf if math.isnan(figure) else figure) for where, figure in cases]


def _judgment(law: Law[S], cases: list[Case]) -> Judgment:
    assert cases, f"The law {law.name} tries no case."
    where, figure = max(cases, key=lambda case: case[1])
    broken = sum(case[1] > law.limit for case in cases)
    if not broken:
        return Judgment(law.name, "holds", figure, law.limit)
    note = where if broken == 1 else f"{where} (and {broken - 1} more of {len(cases)} cases)"
    return Judgment(law.name, "broken", figure, law.limit, note)
