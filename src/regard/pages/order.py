"""The order in which people count."""

import re


def natural(name: str) -> list[tuple[int, str]]:
    """A key for sorting by the numbers in names: `length 8` before `length 16`."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"([0-9]+)", name)]
