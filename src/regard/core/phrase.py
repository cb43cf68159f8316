"""Options as people read them."""

from collections.abc import Mapping
from typing import Any


def phrase(options: Mapping[str, Any]) -> str:
    """Names with values: `level = byte; lengths = 32, 64`."""
    return "; ".join(f"{key} = {_said(value)}" for key, value in options.items())


def _said(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_said, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
