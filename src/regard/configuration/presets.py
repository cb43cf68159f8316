"""Presets among overrides: `+preset=NAME`."""

from collections.abc import Sequence

from regard.configuration.overrides import given
from regard.presets import preset

WORD = "+preset="


def with_presets(arguments: Sequence[str]) -> list[str]:
    """The overrides with those of the presets that they name in front. What is said beside a preset replaces
    what it says. Raises `UnknownName`.
    """
    said = [each for each in arguments if not each.startswith(WORD)]
    keys = {each.partition("=")[0] for each in said}
    bundled = dict[str, object]()
    for each in arguments:
        if each.startswith(WORD):
            bundled |= preset(each.removeprefix(WORD))
    return [*given({key: value for key, value in bundled.items() if key not in keys}), *said]


def said_keys(arguments: Sequence[str]) -> frozenset[str]:
    """The keys that are said, beside presets."""
    return frozenset(each.partition("=")[0] for each in arguments if not each.startswith(WORD))
