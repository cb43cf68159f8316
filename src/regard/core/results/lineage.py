"""The descent of what a search has found, as trees."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True, kw_only=True)
class Ancestor:
    """A link of the lineage of the front."""

    number: int
    label: str
    operator: str
    parents: tuple[int, ...]
    """The first is the one that was varied; a second gave a part."""
    on_front: bool


@final
@dataclass(frozen=True)
class Branch:
    """A candidate, and what was made by varying it."""

    ancestor: Ancestor
    children: tuple["Branch", ...]


def forest(lineage: Sequence[Ancestor]) -> tuple[Branch, ...]:
    """A tree for each candidate without parents. Every other one hangs below its first parent."""
    known = {each.number for each in lineage}
    below: dict[int | None, list[Branch]] = {}
    # parents are born before their children, so that branches are whole when they are hung
    for each in sorted(lineage, key=lambda each: -each.number):
        branch = Branch(each, tuple(reversed(below.pop(each.number, []))))
        above = each.parents[0] if each.parents and each.parents[0] in known else None
        below.setdefault(above, []).append(branch)
    return tuple(reversed(below.get(None, [])))
