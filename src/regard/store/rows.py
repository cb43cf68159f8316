"""What the rows of the tables mean. A row that somebody has damaged raises `Corrupt` in one line."""

import json
import math
import typing
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from regard.core.errors import Corrupt, RegardError
from regard.core.measurement import Measurement
from regard.core.readable import readable
from regard.core.run import Run
from regard.store.event import Event, EventKind

T = TypeVar("T")

KINDS = typing.get_args(EventKind)

LONGEST = 60
"""Characters of a damaged value that a message shows."""


def read(what: str, meaning: Callable[..., T], *cells: Any) -> T:
    """What the cells of a row mean. Raises `Corrupt` for cells without a meaning."""
    try:
        return meaning(*cells)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, RegardError) as error:
        shown = readable(", ".join(map(repr, cells)))
        shown = shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        message = f"{what} cannot be read ({shown}): {reason}. Restore a copy, or move it away."
        raise Corrupt(message) from error


def run_of(description: Any) -> Run:
    """A row of `runs`."""
    run = Run.from_json(_object(description))
    _number(run.seed)
    return run


def digest_of(digest: Any) -> str:
    """The key of a row of `runs`."""
    return _text(digest)


def event_of(time: Any, kind: Any, detail: Any) -> Event:
    """A row of `events`."""
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of event")
    return Event(datetime.fromisoformat(_text(time)), kind, _text(detail))


def versions_of(detail: Any) -> dict[str, Any]:
    """What `started` tells."""
    return dict(_object(detail))


def measurement_of(step: Any, name: Any, value: Any) -> Measurement:
    """A row of `measurements`, in which NULL stands for a value that is not a number."""
    if value is None:
        return Measurement(_number(step), _text(name), math.nan)
    if not isinstance(value, float):
        raise TypeError(f"{value!r} is no real number")
    return Measurement(_number(step), _text(name), value)


def _object(text: Any) -> Mapping[str, Any]:
    found = json.loads(_text(text))
    if not isinstance(found, dict):
        raise TypeError(f"{type(found).__name__} is no JSON object")
    return found


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} is no text")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no whole number")
    return value
