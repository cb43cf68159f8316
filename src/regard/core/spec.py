"""A part's name and its options: how a description refers to a mechanism, a task or an optimizer."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self, final

from regard.core.errors import InvalidOption
from regard.core.values import unusable

LONGEST_SHOWN = 80
"""Letters of an option that a line shows."""


@final
@dataclass(frozen=True)
class Spec:
    """A name with options, hashable, and JSON both ways.

    `options` holds only what differs from the part's defaults or was said explicitly; values are
    booleans, numbers, strings, None, or tuples of these. Raises `InvalidOption` for a number that is not
    finite or has more than 64 bits, and for any other value: a description of it could not be kept.
    """

    name: str
    options: tuple[tuple[str, Any], ...] = field(default=())

    def __post_init__(self) -> None:
        for key, value in self.options:
            if wrong := unusable(value):
                raise InvalidOption(f"{self.name}: {key} {wrong}")
            if not _is_plain(value):
                kinds = "a truth value, a number, a text, None, or a list of these"
                raise InvalidOption(f"{self.name}: {key} must be {kinds}, not {value!r:.60}.")

    @classmethod
    def of(cls, name: str, options: Mapping[str, Any] | None = None, /, **more: Any) -> Self:
        """A spec from a name and options, in any order: `Spec.of("linformer", rank=16)`."""
        merged = {**(options or {}), **more}
        return cls(name, tuple(sorted((key, _frozen(value)) for key, value in merged.items())))

    @property
    def settings(self) -> dict[str, Any]:
        """The options as a fresh dictionary."""
        return dict(self.options)

    def to_json(self) -> dict[str, Any]:
        """A JSON object with the keys `name` and `options`."""
        return {"name": self.name, "options": json.loads(json.dumps(self.settings))}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The spec that `to_json` wrote."""
        return cls.of(value["name"], value["options"])

    def __str__(self) -> str:
        if not self.options:
            return self.name
        options = ", ".join(f"{key}={_brief(value)}" for key, value in self.options)
        return f"{self.name}({options})"


def _brief(value: Any) -> Any:
    """A value; of a text that is too long for a line, a hash."""
    if isinstance(value, str) and len(value) > LONGEST_SHOWN:
        return hashlib.sha256(value.encode()).hexdigest()[:8]
    return value


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)


class Specified(Protocol):
    """Whatever a description names by a spec of its own, such as a task made of arrays."""

    @property
    def spec(self) -> Spec:
        """How a description names it."""


def spec_of(part: Spec | Specified) -> Spec:
    """The spec by which a description names a part. Raises `InvalidOption` for what is no part."""
    found = part if isinstance(part, Spec) else getattr(part, "spec", None)
    if not isinstance(found, Spec):
        raise InvalidOption(f"A part is a name or a Spec, not {part!r:.60}.")
    return found


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value
