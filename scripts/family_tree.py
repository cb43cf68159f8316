"""The family tree of a catalog: each mechanism below the relative that it becomes at some setting."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

from regard.attention import Tie

Ties = Mapping[str, tuple[Tie, ...]]
"""The ties of each mechanism, by its name."""

ROW, STEP = 0.26, 3.0
"""Inches from one line to the next, and from one generation to the next."""

INK, LINE, MUTED = "#1f2933", "#9aa5b1", "#616e7c"


@final
@dataclass(frozen=True)
class Member:
    """A mechanism in the tree."""

    name: str
    depth: int
    row: int
    parent: str | None = None
    setting: str = ""
    """At which it is its parent."""
    others: tuple[str, ...] = ()
    """Further relatives, which the tree cannot show."""


def members(ties: Ties) -> list[Member]:
    """All mechanisms that have a relative, from top to bottom: each below the first that it is tied to."""
    parents = {name: [tie for tie in own if tie.to != name] for name, own in ties.items()}
    known = set(parents) | {tie.to for own in parents.values() for tie in own}
    of_parent: dict[str, list[str]] = {name: [] for name in known}
    for name, own in parents.items():
        if own:
            of_parent[own[0].to].append(name)
    roots = [name for name in known if not parents.get(name) and of_parent[name]]
    found: list[Member] = []
    for root in sorted(roots, key=lambda name: (-_descendants(of_parent, name), name)):
        found.extend(_below(Member(root, 0, len(found)), parents, of_parent))
    return found


def _below(
    member: Member, parents: Mapping[str, list[Tie]], of_parent: Mapping[str, list[str]]
) -> Iterator[Member]:
    """The member and all its descendants, those with few of their own first."""
    yield member
    row = member.row + 1
    for name in sorted(of_parent[member.name], key=lambda name: (_descendants(of_parent, name), name)):
        first, *others = parents[name]
        further = tuple(tie.to for tie in others)
        child = Member(name, member.depth + 1, row, member.name, first.at, further)
        for each in _below(child, parents, of_parent):
            yield each
            row += 1


def _descendants(of_parent: Mapping[str, list[str]], name: str) -> int:
    return sum(1 + _descendants(of_parent, child) for child in of_parent[name])


def draw(ties: Ties, path: Path) -> None:
    """Write the tree as an SVG."""
    import matplotlib  # noqa: PLC0415 - only where something is drawn

    matplotlib.use("svg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    found = members(ties)
    rows = {member.name: member for member in found}
    width, height = STEP * (max(member.depth for member in found) + 2.2), ROW * (len(found) + 1)
    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "regard", "font.family": "sans-serif"})
    figure = plt.figure(figsize=(width, height), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(-0.15, width - 0.15), ylim=(height, 0))
    axes.axis("off")
    for member in found:
        x, y = STEP * member.depth, ROW * (member.row + 0.8)
        if member.parent is not None:
            parent = rows[member.parent]
            above = ROW * (parent.row + 0.8) + 0.1
            left = STEP * parent.depth + 0.1
            axes.plot([left, left, x - 0.05], [above, y, y], color=LINE, linewidth=0.8)
            axes.text(left + 0.1, y - 0.015, member.setting, color=MUTED, fontsize=6.5, va="bottom")
        axes.text(x, y, member.name, color=INK, fontsize=10, va="center", weight="bold")
        if member.others:
            beside = x + 0.095 * len(member.name) + 0.15
            axes.text(beside, y, f"also {', '.join(member.others)}", color=MUTED, fontsize=7, va="center")
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
