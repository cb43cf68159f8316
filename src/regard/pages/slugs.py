"""Names for files and places on the page, from names that people gave."""

import re
from collections.abc import Iterable

LONGEST = 60


def slugs(texts: Iterable[str]) -> list[str]:
    """Lower-case letters, digits and hyphens; a number at the end keeps equal ones apart."""
    found: list[str] = []
    for text in texts:
        slug = re.sub("[^a-z0-9]+", "-", text.lower()).strip("-")[:LONGEST] or "task"
        number = 1
        while (numbered := slug if number == 1 else f"{slug}-{number}") in found:
            number += 1
        found.append(numbered)
    return found
