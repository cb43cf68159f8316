"""Annotations and values in words, for the one line that says what does not fit."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any

from regard.core.readable import readable
from regard.core.spec import Spec

LONGEST = 60
"""Characters of a value that a message shows."""

_SCALARS = {str: "text", int: "a whole number", float: "a finite number", bool: "true or false"}


def describe_annotation(kind: Any) -> str:
    """What an annotation allows: `a finite number`, `one of 'better', 'worse'`."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return f"one of {', '.join(map(repr, arguments))}"
    if origin is tuple:
        return "a list" if arguments[-1] is Ellipsis else f"a list of {len(arguments)}"
    if origin is Mapping or kind is Spec or dataclasses.is_dataclass(kind):
        return "an object"
    return _SCALARS.get(kind, str(kind))


def describe_value(value: Any) -> str:
    """A value as a message shows it, cut where it is long."""
    if isinstance(value, types.NoneType):
        return "null"
    try:
        text = readable(repr(value))
    except ValueError:  # an integer with too many digits to be written
        return "a number of thousands of digits"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
