"""Mechanisms that read where positions lie on a grid."""

from abc import ABC

from jaxtyping import Shaped
from torch import Tensor

from regard.attention.mechanism import Mechanism
from regard.attention.size import Grid, Size
from regard.core.errors import UnsupportedUse


class OnGrid(Mechanism, ABC):
    """Abstract. The prefix of the grid, such as a class token, reads all and is read by all."""

    def __init__(self, size: Size) -> None:
        super().__init__(size)
        # without one the traits have refused the size
        self.grid = size.grid or Grid(1, size.length)

    def on_grid(self, x: Shaped[Tensor, "b h n features"]) -> Shaped[Tensor, "b h height width features"]:
        """The positions on the grid, without the prefix. Raises `UnsupportedUse` unless they fill it."""
        if x.shape[2] != self.grid.length:
            message = f"{self.name} was built for a grid of {self.grid.length} positions, not {x.shape[2]}."
            raise UnsupportedUse(message)
        b, h, _, features = x.shape
        return x[:, :, self.grid.prefix :].reshape(b, h, self.grid.height, self.grid.width, features)
