"""`KEY=VALUE` in Hydra's grammar."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from hydra.errors import HydraException

from regard.core.errors import InvalidOption, nearest


def parsed(argument: str) -> Override:
    """One override. Raises `InvalidOption` for what is none."""
    try:
        override = OverridesParser.create().parse_override(argument)
    except HydraException as error:
        first = str(error).splitlines()[0]
        message = (
            f"'{argument}' is no override: {first}. Write KEY=VALUE, for instance task=digits, and a text "
            f"with brackets in quotes of its own: \"baseline='softmax[heads=2]'\"."
        )
        raise InvalidOption(message) from error
    if override.type is not OverrideType.CHANGE or "=" not in argument:
        raise InvalidOption(f"'{argument}': keys are neither added nor deleted. Write KEY=VALUE.")
    return override


def values_of(override: Override) -> list[Any]:
    """The values of an override: several for a sweep such as `a,b`."""
    return [single.value() for single in singles(override)]


def singles(override: Override) -> list[Override]:
    """One override for each value of a sweep. Raises `InvalidOption` for a sweep that does not list them."""
    if not override.is_sweep_override():
        return [override]
    key = override.key_or_group
    try:
        return [parsed(f"{key}={value}") for value in override.sweep_string_iterator()]
    except HydraException as error:
        message = f"'{override.input_line}' does not list its values. Write {key}=FIRST,SECOND."
        raise InvalidOption(message) from error


def options_from(arguments: Sequence[str]) -> dict[str, Any]:
    """Options of one part, from `OPTION=VALUE`."""
    return {override.key_or_group: override.value() for override in map(parsed, arguments)}


def only_value(overrides: Iterable[Override], key: str) -> Any:
    """The single value given for a key; None if there is none."""
    given = [value for each in overrides if each.key_or_group == key for value in values_of(each)]
    if len(given) > 1:
        raise InvalidOption(f"{key} was given {len(given)} values, but takes one.")
    return given[0] if given else None


def check_key(override: Override, tree: Mapping[str, Any]) -> None:
    """Raise `InvalidOption` unless the tree has the key as a single setting, and one value is given."""
    key: str = override.key_or_group
    at: Any = tree
    for part in key.split("."):
        known = at if isinstance(at, Mapping) else {}
        if part not in known:
            raise InvalidOption(f"There is no setting '{part}' in '{key}'. {nearest(part, known)}")
        at = known[part]
    if isinstance(at, Mapping):
        raise InvalidOption(f"'{key}' is a group: set one of {', '.join(sorted(at))}, as {key}.KEY=VALUE.")
    if override.is_sweep_override():
        message = f"{key} takes one value, not several. Mechanisms, their options and model.KEY are swept."
        raise InvalidOption(message)
