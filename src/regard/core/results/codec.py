"""Frozen dataclasses to plain JSON and back, every field checked by its annotation.

A field may be a string, a number, a boolean, a `Literal`, a `Spec`, another dataclass, a tuple or a mapping
of these, any of them or None, or `Any` for plain JSON.
"""

import dataclasses
import json
import math
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from regard.core.errors import Corrupt, RegardError
from regard.core.readable import readable
from regard.core.results.words import describe_annotation, describe_value
from regard.core.spec import Spec

T = TypeVar("T")


def encode(value: Any, where: str) -> Any:
    """The value as plain JSON. `where` is its name in error messages.

    Raises `RegardError` for a number that is not finite, which JSON cannot hold.
    """
    if isinstance(value, Spec):
        return value.to_json()
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: encode(getattr(value, name), f"{where}.{name}") for name in names}
    if isinstance(value, Mapping):
        return {key: encode(part, f"{where}.{key}") for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [encode(part, f"{where}[{i}]") for i, part in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise RegardError(
            f"{where} is {value}, which JSON cannot hold. Use None for a value that is missing."
        )
    return value


def decode(kind: type[T], value: Any, where: str) -> T:
    """The value of a dataclass that `encode` wrote: equal, but for text, which is made `readable`.

    Numbers that are not finite become None. Keys that the dataclass does not know are passed over, and a
    missing key gets the field's default. Raises `Corrupt` in one line that names the place in the document
    and says what was expected there.
    """
    return _decoded(kind, value, where)


def parse(path: Path) -> Any:
    """The JSON in a file. Raises `Corrupt` unless it is whole."""
    try:
        return json.loads(path.read_text("utf-8"), parse_constant=lambda _: None, parse_float=_finite)
    except (OSError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise Corrupt(f"it is no JSON ({reason})") from error


def _decoded(kind: Any, value: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return None if _missing(value) else _decoded(_without_none(arguments), value, where)
    if kind is Spec:
        return _spec(value, where)
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind, value, where)
    if origin is tuple:
        return _tuple(kind, value, where)
    if origin is Mapping:
        return _mapping(kind, value, where)
    if kind is Any:
        return _plain(value)
    return _scalar(kind, value, where)


def _dataclass(kind: Any, value: Any, where: str) -> Any:
    _expect(isinstance(value, Mapping), kind, value, where)
    hints, parts = typing.get_type_hints(kind), {}
    for field in dataclasses.fields(kind):
        if field.name in value:
            parts[field.name] = _decoded(hints[field.name], value[field.name], f"{where}.{field.name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise Corrupt(f"{where}.{field.name} is missing")
    try:
        return kind(**parts)
    except RegardError as error:
        raise Corrupt(f"{where} is refused: {str(error).rstrip('.')}") from error


def _mapping(kind: Any, value: Any, where: str) -> dict[str, Any]:
    _expect(isinstance(value, Mapping), kind, value, where)
    part_kind = typing.get_args(kind)[1]
    parts = {_text(key): part for key, part in value.items()}
    return {key: _decoded(part_kind, part, f"{where}.{key}") for key, part in parts.items()}


def _tuple(kind: Any, value: Any, where: str) -> tuple[Any, ...]:
    _expect(isinstance(value, list | tuple), kind, value, where)
    arguments = typing.get_args(kind)
    kinds = [arguments[0]] * len(value) if arguments[-1] is Ellipsis else arguments
    _expect(len(kinds) == len(value), kind, value, where)
    pairs = enumerate(zip(kinds, value, strict=True))
    return tuple(_decoded(one, part, f"{where}[{i}]") for i, (one, part) in pairs)


def _spec(value: Any, where: str) -> Spec:
    _expect(isinstance(value, Mapping), Spec, value, where)
    for key in ("name", "options"):
        if key not in value:
            raise Corrupt(f"{where}.{key} is missing")
    name = _decoded(str, value["name"], f"{where}.name")
    return Spec.of(name, _decoded(Mapping[str, Any], value["options"], f"{where}.options"))


def _scalar(kind: Any, value: Any, where: str) -> Any:
    if typing.get_origin(kind) is typing.Literal:
        _expect(value in typing.get_args(kind), kind, value, where)
        return value
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        _expect(abs(value) <= _LARGEST, kind, value, where)
        return float(value)
    whole = kind is int and isinstance(value, bool)
    _expect(isinstance(value, kind) and not whole and not _missing(value), kind, value, where)
    return _text(value) if kind is str else value


_LARGEST = 2**53
"""Whole numbers up to this one are floats exactly."""


def _expect(fits: bool, kind: Any, value: Any, where: str) -> None:
    if not fits:
        raise Corrupt(f"{where} should be {describe_annotation(kind)} and is {describe_value(value)}")


def _without_none(arguments: tuple[Any, ...]) -> Any:
    """The one other choice of `X | None`."""
    (other,) = (each for each in arguments if each is not types.NoneType)
    return other


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def _plain(value: Any) -> Any:
    """Plain JSON with readable text."""
    if isinstance(value, Mapping):
        return {_text(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return None if _missing(value) else _text(value)


def _text(value: Any) -> Any:
    return readable(value) if isinstance(value, str) else value


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None
