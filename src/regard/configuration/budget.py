"""A budget of time, as people write it: `10ms`, `0.5 s`."""

import re

from regard.core.errors import InvalidOption

UNITS = {"us": 1e-3, "µs": 1e-3, "ms": 1.0, "s": 1e3}
"""In milliseconds."""


def budget_ms(text: str) -> float:
    """The milliseconds of a budget. Raises `InvalidOption` for what is no time above 0."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*(us|µs|ms|s)\s*", text)
    value = float(found[1]) * UNITS[found[2]] if found else 0.0
    if not 0 < value < 1e9:
        raise InvalidOption(f"A budget is a time such as 10ms, 0.5s or 200us, not '{text}'.")
    return value
