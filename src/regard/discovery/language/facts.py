"""What is known of a node before anything runs."""

import functools
import math
from typing import NamedTuple, final

STREAMS = ("q", "k", "v", "q2", "k2", "gate", "forget", "decay", "beta", "places")
"""What a node can depend on: the streams, and where positions are. Sets of them are bits."""

PARTS = (
    "causal",
    "cross",
    "padding",
    "edges",
    "window",
    "segments",
    "start",
    "slopes",
    "table",
    "dense",
    "streaming",
)
"""Uses that a node may honor, named as the traits that declare them. Sets of them are bits."""

ALL = (1 << len(PARTS)) - 1

NOWHERE, OWN, READABLE, EVERYWHERE = range(4)
"""Positions that reach a position: none, itself, those that the mask lets it read, or any."""


def bits(names: str, among: tuple[str, ...] = STREAMS) -> int:
    """The set of some names, written with spaces in between."""
    return sum(1 << among.index(name) for name in names.split())


def names(found: int, among: tuple[str, ...] = STREAMS) -> tuple[str, ...]:
    """The names in a set."""
    return tuple(name for i, name in enumerate(among) if found >> i & 1)


V = bits("v")
PLACES = bits("places")


@final
class Facts(NamedTuple):
    """Abstract value of a node: each field is proved for every input, size and parameter."""

    content: int = 0
    """Streams whose numbers are carried to the node as they are, or through maps of features."""
    selection: int = 0
    """Streams that decide which positions are read."""
    gating: int = 0
    """Streams that multiply what is carried."""
    mixed: int = 0
    """Streams carried as content from other positions."""
    reach: int = NOWHERE
    """Which positions reach one."""
    honors: int = ALL
    """Uses under which the node means what it should: causal among them proves causality."""
    equivariant: bool = True
    """Permuting positions permutes it."""
    low: float = -math.inf
    high: float = math.inf
    """Bounds of its numbers; of a map, where the mask lets read."""
    rows: str = ""
    """What a row of a map sums to: `1`, `<=1`, or nothing is known."""
    linear: bool = False
    """It is linear in v and treats all features of v alike, so that a matrix times v is all of it."""
    learned: bool = False
    """It has parameters."""
    chooses: bool = False
    """It may leave keys unread by their content."""
    takes_out: bool = False
    """Scores of which some are taken out of whatever weighs them."""
    fixed_length: bool = False
    """It is built for a longest length."""
    stabilized: bool = True
    """No exponential of an unbounded number is taken."""

    @property
    def reads(self) -> int:
        """All streams on which it depends, by any route."""
        return self.content | self.selection | self.gating

    @property
    def by_content(self) -> bool:
        """Whether it depends on any stream, and not on places alone."""
        return bool(self.reads & ~PLACES)

    @property
    def constant(self) -> bool:
        """Whether it depends on nothing: no stream, no place and no parameter."""
        return not (self.reads or self.learned) or self.low == self.high


def joined(facts: tuple[Facts, ...]) -> Facts:
    """What holds of a node that depends on others in any way, but for its bounds."""
    first, *others = facts
    if not others:
        return first._replace(low=-math.inf, high=math.inf, rows="", linear=False)
    return functools.reduce(_joined, others, first)


def _joined(x: Facts, y: Facts) -> Facts:
    return Facts(
        x.content | y.content,
        x.selection | y.selection,
        x.gating | y.gating,
        x.mixed | y.mixed,
        max(x.reach, y.reach),
        x.honors & y.honors,
        x.equivariant and y.equivariant,
        # neither bounds, nor sums of rows, nor linearity
        -math.inf,
        math.inf,
        "",
        False,
        x.learned or y.learned,
        x.chooses or y.chooses,
        x.takes_out or y.takes_out,
        x.fixed_length or y.fixed_length,
        x.stabilized and y.stabilized,
    )
