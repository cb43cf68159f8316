"""The contract of mechanisms: what one is, which streams it reads, its masks, and what it claims."""

from regard.attention.bases.cached import Cached
from regard.attention.bases.recurrent import Recurrent
from regard.attention.bases.scored import Scored
from regard.attention.bias import Bias, alibi_slopes
from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, Near
from regard.attention.size import Grid, Size
from regard.attention.streams import Init, Stream, Streams
from regard.attention.traits import Tie, Traits

__all__ = [
    "Bias",
    "Cached",
    "Cost",
    "Grid",
    "Init",
    "Mask",
    "Mechanism",
    "Near",
    "Recurrent",
    "Scored",
    "Size",
    "Stream",
    "Streams",
    "Tie",
    "Traits",
    "alibi_slopes",
]
