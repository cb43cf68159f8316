"""The seam: what a mechanism is, what limits it, what it claims."""

from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.size import Grid, Size
from regard.attention.traits import Traits

__all__ = ["Cost", "Grid", "Mask", "Mechanism", "Size", "Traits"]
