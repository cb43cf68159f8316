"""What a call leaves for one later question, such as the penalty of a training step."""

from typing import final

from torch import Tensor


@final
class Leftover:
    """Holds a tensor with its graph until it is taken. A copy or a checkpoint of its owner holds none."""

    def __init__(self) -> None:
        self._left: Tensor | None = None

    def leave(self, value: Tensor | None) -> None:
        """Replace what was left before."""
        self._left = value

    def take(self) -> Tensor | None:
        """What the last call left, once: its graph is then free."""
        left, self._left = self._left, None
        return left

    # torch refuses to copy what is part of a graph
    def __reduce__(self) -> "tuple[type[Leftover], tuple[()]]":
        return Leftover, ()
