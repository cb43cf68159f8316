"""Which keys a query may read: a small value, never a dense tensor unless it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from regard.attention.bias import Bias
from regard.core.errors import InvalidOption
from regard.core.lazy import lazy


def no_bias() -> Bias:
    """One that adds nothing. A function, since torch.compile can call no class that is a default."""
    return Bias()


@final
@dataclass(frozen=True, eq=False)
class Mask:
    """What limits reading, and what is added to scores. True always means: may be read.

    Query i of n is the position start + i, key j of m is the position j. An empty mask lets everything be
    read.
    """

    causal: bool = False
    """A query reads no key behind its own position."""
    keys: Bool[Tensor, "b m"] | None = None
    """Which keys are real rather than padding."""
    edges: Bool[Tensor, "b n m"] | None = None
    """Which query may read which key, for graphs and special patterns; dense, so use it sparingly."""
    window: int | None = None
    """A query reads keys at most `window` positions away."""
    segments: Int64[Tensor, "b m"] | None = None
    """Which document each position belongs to, where several lie side by side: a query reads its own only."""
    start: int = 0
    """Where the first query stands among the keys. One new query behind m - 1 cached keys stands at m - 1."""
    bias: Bias = field(default_factory=no_bias)
    """What is added to scores."""

    def __post_init__(self) -> None:
        for name in ("keys", "edges"):
            given = getattr(self, name)
            if given is not None and given.dtype != torch.bool:
                message = f"Mask: {name} must be boolean (True = may be read), not {given.dtype}."
                raise InvalidOption(message)
        for name in ("window", "start"):
            given = getattr(self, name)
            if given is not None and not (isinstance(given, int) and given >= 0):
                raise InvalidOption(f"Mask: {name} must be a whole number, 0 or more, not {given!r:.40}.")

    @lazy
    def parts(self) -> tuple[str, ...]:
        """The names of the parts that are set, those of the bias included."""
        given = {
            "causal": self.causal,
            "keys": self.keys is not None,
            "edges": self.edges is not None,
            "window": self.window is not None,
            "segments": self.segments is not None,
            "start": self.start > 0,
            "slopes": self.bias.slopes is not None,
            "table": self.bias.table is not None,
            "dense": self.bias.dense is not None,
        }
        return tuple(name for name, present in given.items() if present)

    def misfit(self, b: int, n: int, m: int) -> str | None:
        """What does not fit b sequences of n queries and m keys, in words; None if everything does."""
        for name, shape in (("keys", (m,)), ("edges", (n, m)), ("segments", (m,))):
            given = getattr(self, name)
            if given is not None and (given.shape[1:] != shape or given.shape[0] not in (1, b)):
                return f"its part '{name}' should be {(b, *shape)} and is {tuple(given.shape)}"
        if self.segments is not None and self.start + n > m:
            return f"{n} queries from position {self.start} on need as many segments, and there are {m}"
        return None

    def offsets(self, n: int, m: int, device: torch.device | None = None) -> Int64[Tensor, "n m"]:
        """Key position minus query position."""
        queries = torch.arange(self.start, self.start + n, device=device)
        return torch.arange(m, device=device) - queries.unsqueeze(1)

    def allowed(self, n: int, m: int, device: torch.device | None = None) -> Bool[Tensor, "..."] | None:
        """The dense view, True = may be read; None if nothing is hidden. It broadcasts to (b, h, n, m).

        For reference paths and for mechanisms that form n x m scores anyway.
        """
        views: list[Tensor] = []
        if self.causal or self.window is not None:
            views.append(self._near(self.offsets(n, m, device))[None, None])
        if self.keys is not None:
            views.append(self.keys[:, None, None, :])
        if self.edges is not None:
            views.append(self.edges[:, None])
        if self.segments is not None:
            own = self.segments[:, self.start : self.start + n]
            views.append((own.unsqueeze(2) == self.segments.unsqueeze(1))[:, None])
        return _all(views)

    def added(self, n: int, m: int, device: torch.device | None = None) -> Float[Tensor, "..."] | None:
        """What is added to the scores; it broadcasts to (b, h, n, m). None if nothing is."""
        if self.bias.slopes is None and self.bias.table is None:
            return self.bias.dense
        return self.bias.added(self.offsets(n, m, device))

    def readable(self, k: Tensor) -> Tensor:
        """A stream of the keys (b, h, m, x) with everything hidden by `keys` set to zero.

        Filled, not multiplied: zero times a NaN in the padding is still NaN.
        """
        return k if self.keys is None else k.masked_fill(~self.keys[:, None, :, None], 0)

    def may_hide_all(self, n: int, m: int) -> bool:
        """Whether a query may be left with no key to read.

        `causal`, `segments` and `window` always leave it the key at its own position, where there is one.
        """
        # a table of -inf at some offsets, and so at all that the first or the last query reaches
        added = self.bias.dense is not None or self.bias.table is not None
        chosen = self.keys is not None or self.edges is not None or added
        return chosen or (self.window is not None and self.start + n > m)

    def rows(self, first: int, stop: int) -> "Mask":
        """The mask of the queries from `first` up to `stop`, over the keys before `stop`: that of a piece.

        For masks of one sequence with itself, which starts at 0.
        """
        return replace(
            self,
            keys=None if self.keys is None else self.keys[:, :stop],
            edges=None if self.edges is None else self.edges[:, first:stop, :stop],
            segments=None if self.segments is None else self.segments[:, :stop],
            start=first,
            bias=self.bias.rows(first, stop),
        )

    def queries(self, first: int, stop: int) -> "Mask":
        """The mask of the queries from `first` up to `stop`, over all keys."""
        edges, bias = self.edges, self.bias
        return replace(
            self,
            edges=None if edges is None else edges[:, first:stop],
            start=self.start + first,
            bias=bias if bias.dense is None else replace(bias, dense=bias.dense[..., first:stop, :]),
        )

    @lazy
    def since_start(self) -> "Mask":
        """The mask of a piece as far as its own keys go: those that are cached already are left out."""
        first = self.start
        return replace(
            self,
            keys=None if self.keys is None else self.keys[:, first:],
            edges=None if self.edges is None else self.edges[:, :, first:],
            segments=None if self.segments is None else self.segments[:, first:],
            start=0,
        )

    def pairs(self, n: int, m: int) -> int:
        """How many of n x m pairs `causal` and `window` leave: what a form that skips the others computes."""
        ahead = 0 if self.causal else m
        behind = self.start + n
        if self.window is not None:
            ahead, behind = min(ahead, self.window), self.window
        total = 0
        for i in range(self.start, self.start + n):
            total += max(0, min(m - 1, i + ahead) - max(0, i - behind) + 1)
        return total

    def _near(self, offset: Int64[Tensor, "n m"]) -> Bool[Tensor, "n m"]:
        near = torch.ones_like(offset, dtype=torch.bool)
        if self.causal:
            near = near & (offset <= 0)
        if self.window is not None:
            near = near & (offset.abs() <= self.window)
        return near


def _all(views: Sequence[Tensor]) -> Tensor | None:
    """Whatever every view allows."""
    if not views:
        return None
    dense = views[0]
    for view in views[1:]:
        dense = dense & view
    return dense
