"""The order in which the moves of a poll are tried."""

from typing import Any, final

import torch
from jaxtyping import Int64
from torch import Tensor

from regard.core.randomness import generator_of


@final
class Order:
    """All 2n moves of n coordinates, both signs, in a random order that seed and number of the poll decide.

    Move j of the 2n changes coordinate j // 2, upward where j is even. Nothing but the number of the poll and
    the cursor must be kept to go on; no list of moves is ever made or shuffled in Python.
    """

    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        self.seed = seed
        self.poll = 0
        """Polls begun so far, beside the first."""
        self.cursor = 0
        """Moves of this poll that have been tried."""
        self._drawn: Int64[Tensor, " moves"] | None = None

    @property
    def left(self) -> int:
        """Moves of this poll that have not been tried."""
        return 2 * self.size - self.cursor

    def next(self, count: int) -> Int64[Tensor, " moves"]:
        """The numbers of the next moves, at most `count`, without going on."""
        return self._permutation[self.cursor : self.cursor + count]

    def advance(self, count: int) -> None:
        """Go on by so many moves."""
        self.cursor += count

    def renew(self) -> None:
        """Begin another poll, in another order."""
        self.poll, self.cursor, self._drawn = self.poll + 1, 0, None

    @property
    def _permutation(self) -> Int64[Tensor, " moves"]:
        if self._drawn is None:
            rng = generator_of(self.seed, "poll", self.poll)
            self._drawn = torch.randperm(2 * self.size, generator=rng)
        return self._drawn

    def state_dict(self) -> dict[str, Any]:
        """What must be known to go on."""
        return {"seed": self.seed, "poll": self.poll, "cursor": self.cursor}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from `state_dict`."""
        self.seed, self.poll, self.cursor = state["seed"], state["poll"], state["cursor"]
        self._drawn = None
