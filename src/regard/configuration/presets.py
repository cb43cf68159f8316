"""Presets among overrides: `+preset=NAME`."""

from collections.abc import Mapping, Sequence
from typing import Any

from regard.configuration.overrides import given
from regard.presets import preset

WORD = "+preset="


def with_presets(arguments: Sequence[str]) -> list[str]:
    """The overrides with those of the presets that they name in front. What is said beside a preset replaces
    what it says. Raises `UnknownName`.
    """
    said = [each for each in arguments if not each.startswith(WORD)]
    chosen = {key: value for key, _, value in (each.partition("=") for each in said)}
    bundled = dict[str, Any]()
    for each in arguments:
        if each.startswith(WORD):
            bundled |= preset(each.removeprefix(WORD))
    left = without_replaced(bundled, chosen)
    return [*given({key: value for key, value in left.items() if key not in chosen}), *said]


def without_replaced(bundled: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """A preset without the options of parts in whose place others are said: of an optimizer that is not used
    nothing is set."""
    parts = {key.partition(".")[0] for key in bundled if "." in key}
    other = tuple(f"{part}." for part in parts if part in said and said[part] != bundled.get(part))
    return {key: value for key, value in bundled.items() if not key.startswith(other)}


def said_keys(arguments: Sequence[str]) -> frozenset[str]:
    """The keys that are said, beside presets."""
    return frozenset(each.partition("=")[0] for each in arguments if not each.startswith(WORD))
