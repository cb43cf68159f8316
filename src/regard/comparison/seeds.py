"""How many seeds a comparison has: a number, or as many as its verdicts need."""

import re

from regard.core.errors import InvalidOption
from regard.measures.looks import MOST, SCHEDULE

LEAST = 3
"""Fewer seeds show no spread."""

MOST_FIXED = 1000

AUTO = "auto"
USUAL_MOST = 20
"""Seeds at most where `auto` says no number."""


def checked_seeds(seeds: object) -> int | str:
    """The number, or `auto:MAX` written out. Raises `InvalidOption` for what is neither."""
    if isinstance(seeds, int) and not isinstance(seeds, bool):
        if seeds < LEAST:
            message = f"A comparison needs at least {LEAST} seeds, not {seeds}: fewer show no spread."
            raise InvalidOption(message)
        if seeds > MOST_FIXED:
            raise InvalidOption(f"A comparison has at most {MOST_FIXED:,} seeds, not {seeds:,}. Give fewer.")
        return seeds
    written = re.fullmatch(rf"{AUTO}(?::([0-9]{{1,9}}))?", str(seeds))
    if not written:
        remedy = f"Write a number, {AUTO}, or {AUTO}:MAX such as {AUTO}:{USUAL_MOST}."
        raise InvalidOption(f"seeds cannot be {seeds!r}. {remedy}")
    most = int(written[1] or USUAL_MOST)
    if not SCHEDULE[0] <= most <= MOST:
        message = f"seeds=auto:MAX takes {SCHEDULE[0]} to {MOST} as MAX, not {most}: the first look at the"
        raise InvalidOption(f"{message} scores is at {SCHEDULE[0]} seeds. Write seeds=auto:{USUAL_MOST}.")
    return f"{AUTO}:{most}"


def looks_of(seeds: int | str) -> tuple[int, ...]:
    """The numbers of seeds at which verdicts are taken, ascending; of a fixed number it is the only one.

    With `auto:MAX` those of the schedule below MAX, and MAX.
    """
    if isinstance(seeds, int):
        return (seeds,)
    most = int(seeds.partition(":")[2])
    return (*(look for look in SCHEDULE if look < most), most)
