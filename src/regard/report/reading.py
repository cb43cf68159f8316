"""From a file to a `Comparison`, or one clear line that says what is wrong with the file."""

import dataclasses
import json
import math
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from regard.core.catalog import fits
from regard.core.errors import Corrupt
from regard.report.document import FORMAT, Comparison, TaskFacts

AGAIN = "Delete it and compare again: finished runs are not repeated."
WITHOUT = "Delete it; the scores are in the store."


def read_comparison(path: Path) -> Comparison:
    """The comparison in a file. Raises `Corrupt` in one line for anything but a whole document."""
    try:
        return _comparison(_json(path))
    except _Misfit as error:
        raise Corrupt(f"{path} is not a comparison that can be drawn: {error}. {AGAIN}") from error


def read_facts(path: Path) -> TaskFacts:
    """What a run noted of its task. Raises `Corrupt` in the same way."""
    try:
        found: TaskFacts = _made(TaskFacts, _readable(_json(path)), "task")
        return found
    except _Misfit as error:
        raise Corrupt(f"{path} does not tell what the task was: {error}. {WITHOUT}") from error


class _Misfit(Exception):
    """Where in a document, and what stands there instead of what was expected."""


def _json(path: Path) -> Any:
    try:
        text = path.read_text("utf-8")
        return json.loads(text, parse_constant=lambda _: None, parse_float=_finite)
    except (OSError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise _Misfit(f"it cannot be read as JSON ({reason})") from error


def _comparison(value: Any) -> Comparison:
    if not isinstance(value, dict):
        raise _Misfit(f"it should hold an object and holds {type(value).__name__}")
    if value.get("format") != FORMAT:
        message = f"its format should be {FORMAT} and is {value.get('format')!r}"
        raise _Misfit(f"{message}; a newer regard may have written it")
    comparison: Comparison = _made(Comparison, _readable(value), "document")
    if not comparison.rows:
        raise _Misfit("document.rows should hold at least one mechanism and is empty")
    return comparison


def _made(kind: Any, value: Any, where: str) -> Any:
    """A value of a dataclass from plain JSON, every field checked by its annotation."""
    if not isinstance(value, dict):
        raise _Misfit(f"{where} should be an object and is {value!r:.60}")
    hints, fields = typing.get_type_hints(kind), dataclasses.fields(kind)
    needed = [field.name for field in fields if _required(field) and field.name not in value]
    if needed:
        raise _Misfit(f"{where}.{needed[0]} is missing")
    known = {field.name: value[field.name] for field in fields if field.name in value}
    return kind(**{name: _part(hints[name], part, f"{where}.{name}") for name, part in known.items()})


def _required(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _part(kind: Any, value: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType:
        return None if value is None else _part(arguments[0], value, where)
    if dataclasses.is_dataclass(kind):
        return _made(kind, value, where)
    if origin is tuple and isinstance(value, list):
        return tuple(_part(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    if origin is Mapping and isinstance(value, dict):
        return {key: _part(arguments[1], part, f"{where}.{key}") for key, part in value.items()}
    if origin in (tuple, Mapping) or not fits(value, kind):
        raise _Misfit(f"{where} cannot be {value!r:.60}")
    return value


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _readable(value: Any) -> Any:
    """The same document with text that any page can hold: no control characters, no lone surrogates."""
    if isinstance(value, dict):
        return {_readable(key): _readable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_readable(part) for part in value]
    return readable(value) if isinstance(value, str) else value


def readable(text: str) -> str:
    """Text without the characters that XML cannot hold or that turn the line around."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
