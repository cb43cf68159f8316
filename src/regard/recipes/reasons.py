"""Why a recipe has its values: its comments.

The text at the head is the reason of the whole, a comment above a key or behind its value that of the key.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import final

LINE = re.compile(r"(?P<indent> *)(?P<key>[\w.]+):(?P<value>[^#]*)(?:# ?(?P<comment>.*))?$")


@final
@dataclass(frozen=True)
class Reasons:
    """The comments of one recipe."""

    whole: str
    """Its head, line by line."""
    of: Mapping[str, str]
    """By dotted key, in one line each; a comment on a group is that of its first key."""


def reasons_in(text: str) -> Reasons:
    """The reasons that the text of a recipe gives."""
    lines = text.splitlines()
    head = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return Reasons(
        "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[:head]),
        dict(_comments(lines[head:])),
    )


def _comments(lines: list[str]) -> Iterator[tuple[str, str]]:
    group, waiting = "", list[str]()
    for line in lines:
        if line.lstrip().startswith("#"):
            waiting.append(line.strip(" #"))
            continue
        found = LINE.match(line)
        if found is None:
            continue
        said = [*waiting, *([found["comment"].strip()] if found["comment"] else [])]
        if not found["indent"]:
            group, waiting = found["key"], said
        else:
            waiting = []
        if found["indent"] and said:
            key = found["key"] if group == "comparison" else f"{group}.{found['key']}"
            yield key, " ".join(said)
