"""A normalization's gain: it adds the normalized feature to one channel."""

from typing import final

from jaxtyping import Float, Int64
from torch import Tensor

from regard.incremental.changes import Channels
from regard.incremental.sources.source import Source


@final
class Gain(Source):
    """One gain for each feature."""

    def __init__(self, normalized: Float[Tensor, "tokens c"]) -> None:
        self.normalized = normalized.T.contiguous()

    def changes(self, indices: Int64[Tensor, " p"], deltas: Float[Tensor, " p"]) -> Channels:
        return Channels(indices, self.normalized[indices].mul_(deltas.unsqueeze(1)))
