"""A table of vectors: a number of row i acts at the positions that look row i up, and nowhere else."""

from typing import final

from jaxtyping import Float, Int64
from torch import Tensor

from regard.incremental.changes import Channels
from regard.incremental.sources.source import Source


@final
class Lookup(Source):
    """Tokens, positions, or the class token.

    rows: which row each of t positions looks up; -1 for none.
    """

    def __init__(self, rows: Int64[Tensor, " tokens"], features: int) -> None:
        self.rows = rows
        self.features = features

    def changes(self, indices: Int64[Tensor, " p"], deltas: Float[Tensor, " p"]) -> Channels:
        found = (indices // self.features).unsqueeze(1) == self.rows
        return Channels(indices % self.features, found * deltas.unsqueeze(1))
