"""Several moves in one question, one after another."""

from typing import final

from jaxtyping import Float64
from torch import Tensor

from regard.derivative_free.closure import Closure
from regard.derivative_free.evaluator import Evaluator
from regard.derivative_free.moves import Moves
from regard.derivative_free.serial import Serial
from regard.derivative_free.space import Space


@final
class Block(Evaluator):
    """Answers a block of moves by `Serial`: what speculation asks for in vain, without what makes it fast. It
    is there to be compared with.
    """

    canonical = True

    def __init__(self, space: Space, chunk: int = 64) -> None:
        super().__init__(space)
        self.chunk = chunk
        self.serial = Serial(space)

    @property
    def block(self) -> int:
        return self.chunk

    def begin(self, closure: Closure) -> None:
        super().begin(closure)
        self.serial.begin(closure)

    def losses(self, moves: Moves) -> Float64[Tensor, " moves"]:
        return self.serial.losses(moves)
