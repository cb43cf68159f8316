"""Nested settings as lines."""

from collections.abc import Iterator, Mapping
from typing import Any


def flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Nested settings as pairs of a dotted name and a value."""
    for key, value in values.items():
        name = f"{before}.{key}" if before else str(key)
        if isinstance(value, Mapping):
            yield from flat(value, name)
        else:
            yield name, "none" if value is None else str(value)
