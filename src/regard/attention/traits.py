"""What a mechanism claims: data, which the laws prove."""

from dataclasses import dataclass, replace
from typing import Any, Literal, Self, final

Growth = Literal["1", "n", "n log n", "n r", "n w", "n sqrt n", "n^2"]
"""How time or memory grows with the length n: r is a rank or a number of features, w a window."""


RowSum = Literal["exactly 1", "at most 1", "0 or more"]
"""What the weights of a query sum to, none of them being negative."""

Claim = Literal[
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
    "rotary",
    "streaming",
    "grouped",
    "weights",
    "mass",
    "chooses",
    "reads_itself",
    "scaled",
    "equivariant",
    "fixed_length",
    "needs_grid",
    "stochastic",
    "ties",
]
"""What a mechanism either claims or not: a field of `Traits`."""


@final
@dataclass(frozen=True)
class Tie:
    """A setting at which a mechanism equals another entry of the catalog, or which approaches it."""

    to: str
    """The name of the relative."""
    at: str
    """The setting, in words."""
    error: float = 1e-5
    """The largest relative error at that setting; larger for what is only approached."""


@final
@dataclass(frozen=True, kw_only=True)
class Traits:
    """Supported uses and asymptotic costs of a mechanism. What is not declared must raise."""

    source: str
    """Paper and equation."""
    time: Growth
    memory: Growth
    """Growth of the largest intermediate tensor, forward and backward, whatever the mask."""
    causal: bool = False
    cross: bool = False
    """Queries and keys of different sequences, hence n != m."""
    padding: bool = False
    """`Mask.keys`."""
    edges: bool = False
    """`Mask.edges`."""
    window: bool = False
    """`Mask.window`."""
    segments: bool = False
    """`Mask.segments`."""
    start: bool = False
    """`Mask.start`, in one pass over all keys; a mechanism that streams needs none to go on."""
    slopes: bool = False
    """`Bias.slopes`."""
    table: bool = False
    """`Bias.table`."""
    dense: bool = False
    """`Bias.dense`."""
    rotary: bool = False
    """Turning all q and k by one rotation changes nothing, as where they are read by their inner products
    alone: rotary positions are then relative (Su et al. 2021, eq. 16)."""
    streaming: bool = False
    """Has `initial_state` and `extend`."""
    grouped: bool = False
    """Takes keys and values with g < h heads as they are; for others the shell repeats them."""
    weights: bool = True
    """Linear in the values when everything else is fixed, and `weights` says by which matrix."""
    mass: RowSum | None = None
    """What the weights of a query that reads anything sum to; None if an entry may be negative."""
    reads_itself: bool = True
    """A query may read the value at its own position."""
    scaled: bool = True
    """Where scores are products of q and k `Size.scale` multiplies each of them once: 1 / sqrt d, unless
    another is given."""
    chooses: bool = False
    """May leave keys unread that a mask allows, by their content."""
    equivariant: bool = True
    """Permuting positions (of queries with their keys) permutes the output, without a mask."""
    fixed_length: bool = False
    """Refuses sequences longer than `Size.length`, for which it is built."""
    needs_grid: bool = False
    """Reads where positions lie on the grid."""
    stochastic: bool = False
    """Draws random numbers when it is built, or in training. In eval mode no mechanism does."""
    ties: tuple[Tie, ...] = ()
    """Its relatives, which `toward` builds."""

    @classmethod
    def of_scores(
        cls,
        *,
        source: str,
        memory: Growth = "n^2",
        weights: bool = True,
        mass: RowSum | None = None,
        chooses: bool = False,
        rotary: bool = True,
        ties: tuple[Tie, ...] = (),
    ) -> Self:
        """Those of a mechanism that scores every pair: it honors every part of a mask and of a bias.

        Scores are of q · k unless `rotary` is said to be False.
        """
        return cls(
            source=source,
            time="n^2",
            memory=memory,
            causal=True,
            cross=True,
            padding=True,
            edges=True,
            window=True,
            segments=True,
            start=True,
            slopes=True,
            table=True,
            dense=True,
            rotary=rotary,
            streaming=True,
            grouped=True,
            weights=weights,
            mass=mass,
            chooses=chooses,
            ties=ties,
        )

    def without(self, *claims: Claim) -> "Traits":
        """The same without some claims."""
        withdrawn: dict[str, Any] = {claim: None if claim == "mass" else False for claim in claims}
        return replace(self, **withdrawn)

    def tie(self, name: str) -> Tie | None:
        """The tie to a relative; None if there is none."""
        return next((tie for tie in self.ties if tie.to == name), None)
