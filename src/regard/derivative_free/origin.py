"""A point to which the parameters can be put back bit for bit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import final

import torch
from torch import Tensor

from regard.derivative_free.space import Space

DirectionOf = Callable[[str], Tensor]
"""The direction of a parameter, by its name."""


@final
class Origin:
    """The parameters as they are when it is made: a copy, from which every other point is computed.

    So nothing drifts: what was added is never subtracted again.
    """

    def __init__(self, space: Space) -> None:
        self.space = space
        self.saved = {name: each.detach().clone() for name, each in space.parameters.items()}

    def move(self, direction: DirectionOf, length: float) -> None:
        """Put every parameter at its saved value plus the length times its direction, rounded once."""
        with torch.no_grad():
            for name, parameter in self.space.parameters.items():
                way = direction(name)
                parameter.copy_(self.saved[name].to(way.dtype) + length * way)

    def restore(self) -> None:
        """Put every parameter at its saved value."""
        with torch.no_grad():
            for name, parameter in self.space.parameters.items():
                parameter.copy_(self.saved[name])

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Whatever is raised inside puts the parameters back first, an interruption included."""
        try:
            yield
        except BaseException:
            self.restore()
            raise

    @contextmanager
    def at(self, direction: DirectionOf, length: float) -> Iterator[None]:
        """Inside, the parameters lie that far in a direction; afterwards where they were saved."""
        try:
            self.move(direction, length)
            yield
        finally:
            self.restore()
