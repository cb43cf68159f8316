"""`KEY=VALUE` in Hydra's grammar.

A text that the grammar cannot read is taken as it stands, such as `task.data=~/x` or a path with an equals
sign, unless it has quotes, braces or parentheses; commas still separate several, and brackets make a list.
"""

import numbers
import os
import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from regard.core.errors import InvalidOption

STRUCTURE = frozenset("'\"{}()")
"""Signs with a meaning in the grammar: a text with one of them has to be quoted."""

SEPARATORS = frozenset("[],") | {""}

CHOICES = frozenset({"task", "recipe", "mechanism", "objective", "optimizer"})
"""Keys that choose a part."""

MOST = 1000
"""Values of one sweep."""


def parsed(argument: str) -> Override:
    """One override. Raises `InvalidOption` for what is none."""
    key, equals, value = argument.partition("=")
    if key[:1] in ("+", "~"):
        raise InvalidOption(f"'{argument}': keys are neither added nor deleted. Write KEY=VALUE.")
    if not equals or not key.strip():
        raise InvalidOption(
            f"'{argument}' has no key or no value. Write KEY=VALUE, for instance task=digits."
        )
    override = _read(value)
    if override is None and not STRUCTURE & set(value):
        pieces = re.split(r"([\[\],])", value)
        override = _read(
            "".join(piece if piece in SEPARATORS or _read(piece) else quoted(piece) for piece in pieces)
        )
    if override is None:
        raise InvalidOption(
            f"'{argument}' is no override: its value cannot be read. Put a text with brackets, quotes or "
            f'commas in quotes of its own: "{key}={quoted(value)}".'
        )
    override.input_line = f"{key}={(override.input_line or '').partition('=')[2]}"
    override.key_or_group = key
    return override


def given(values: Mapping[str, Any], several: Iterable[str] = ()) -> list[str]:
    """Overrides as arguments, from values of Python; a list stands for several values of the keys named.

    Raises `InvalidOption` for a value that no setting can have.
    """
    several = set(several)
    return [
        f"{key}={','.join(_written(key, each) for each in _each(value, apart=key in several))}"
        for key, value in values.items()
    ]


def quoted(text: str) -> str:
    """A text as the grammar reads it back, whatever it contains."""
    escaped = text.replace("\\", "\\\\") if "\\'" in text or text.endswith("\\") else text
    return "'" + escaped.replace("'", "\\'") + "'"


def values_of(override: Override) -> list[Any]:
    """The values of an override: several for a sweep such as `a,b`."""
    return [single.value() for single in singles(override)]


def singles(override: Override) -> list[Override]:
    """One override for each value of a sweep. Raises `InvalidOption` for a sweep that does not list them, or
    that lists too many.
    """
    if not override.is_sweep_override():
        return [override]
    key = override.key_or_group
    try:
        listed = list(islice(override.sweep_string_iterator(), MOST + 1))
    except HydraException as error:
        message = f"'{override.input_line}' does not list its values. Write {key}=FIRST,SECOND."
        raise InvalidOption(message) from error
    if len(listed) > MOST:
        raise InvalidOption(f"'{override.input_line}' has more than {MOST:,} values. Give fewer.")
    return [parsed(f"{key}={value}") for value in listed]


def settled(overrides: Iterable[Override]) -> list[Override]:
    """Each key once: of a setting that is said again the last value counts, as in Hydra.

    So a command can be added to. Raises `InvalidOption` where what chooses a part is said twice.
    """
    last: dict[str, Override] = {}
    for override in overrides:
        first = last.pop(override.key_or_group, None)
        if first is not None and override.key_or_group in CHOICES:
            raise InvalidOption(
                f"{override.key_or_group} is given twice: '{first.input_line}' and '{override.input_line}'. "
                f"Leave one out."
            )
        last[override.key_or_group] = override
    return list(last.values())


def only_value(overrides: Iterable[Override], key: str) -> Any:
    """The single value given for a key; None if there is none."""
    found = [value for each in overrides if each.key_or_group == key for value in values_of(each)]
    if len(found) > 1:
        raise InvalidOption(f"{key} was given {len(found)} values, but takes one.")
    return found[0] if found else None


def only_name(overrides: Iterable[Override], key: str) -> str | None:
    """The single name given for a key, whatever else it could be read as; None if there is none."""
    value = only_value(overrides, key)
    return None if value is None else str(value)


def _read(value: str) -> Override | None:
    """A value in the grammar, with any key; None for one that it cannot read."""
    try:
        return OverridesParser.create().parse_override(f"key={value}")
    except HydraException:
        return None


def _each(value: Any, *, apart: bool) -> list[Any]:
    return value if apart and isinstance(value, list) else [value]


def _written(key: str, value: Any) -> str:
    """A value of Python in the grammar."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case numbers.Integral():
            return str(int(value))
        case numbers.Real():
            return repr(float(value))
        case str() | os.PathLike():
            return quoted(os.fspath(value))
        case list() | tuple():
            return f"[{','.join(_written(key, item) for item in value)}]"
    kinds = "a truth value, a number, a text, None, or a list of these"
    raise InvalidOption(f"{key} must be {kinds}, not {value!r:.60}.")
