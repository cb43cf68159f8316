"""Options of one part, as `regard check`, `regard task` and `regard mechanisms` take them: `rank=8`."""

from collections.abc import Iterable, Sequence
from typing import Any

from regard.configuration.overrides import only_value, parsed, settled
from regard.core.errors import InvalidOption

SETTINGS = ("task", "mechanism", "model", "training", "optimizer", "objective", "recipe")
OF_COMPARISONS = ("grid", "seeds", "baseline", "margin", "level")


def options_from(arguments: Sequence[str], command: str, known: Iterable[str]) -> dict[str, Any]:
    """Options from `OPTION=VALUE`, each with one value; of one that is said again the last counts.

    Raises `InvalidOption`, also for a setting of other commands that is none of the known options: it says
    which command uses it.
    """
    overrides = settled(map(parsed, arguments))
    known = set(known)
    for key in (override.key_or_group for override in overrides):
        if key not in known:
            _refuse_setting(key, command, known)
    return {override.key_or_group: only_value(overrides, override.key_or_group) for override in overrides}


def _refuse_setting(key: str, command: str, known: set[str]) -> None:
    group, _, name = key.partition(".")
    if key in OF_COMPARISONS:
        raise InvalidOption(f"`regard {command}` does not use {key}: `regard compare` does. Leave it out.")
    if group in SETTINGS:
        remedy = f"Write {name}=VALUE." if name in known else "Leave it out."
        users = "`regard train` and `regard compare` do"
        raise InvalidOption(f"`regard {command}` does not use {key}: {users}. {remedy}")
