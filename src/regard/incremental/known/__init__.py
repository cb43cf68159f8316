"""Parts of a model whose activations are known, each of which says what it gives where they change."""

from regard.incremental.known.attention import KnownAttention
from regard.incremental.known.batch import KnownBatch
from regard.incremental.known.feed_forward import KnownFeedForward
from regard.incremental.known.network import Network
from regard.incremental.known.readout import KnownReadout, LinearReadout, WholeReadout

__all__ = [
    "KnownAttention",
    "KnownBatch",
    "KnownFeedForward",
    "KnownReadout",
    "LinearReadout",
    "Network",
    "WholeReadout",
]
