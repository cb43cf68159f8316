"""How many moves are asked for at once, before it is known whether the first of them is accepted."""

from typing import final


@final
class Width:
    """Speculation: moves behind an accepted one were asked for in vain, and single questions use a processor
    badly. Twice as many after a block without success; after a success toward twice its place in the block.
    """

    def __init__(self) -> None:
        self.value = 1

    def within(self, most: int | None) -> int:
        """How many are asked for, of an evaluator that answers at most so many at once."""
        return max(1, min(self.value, most or 1))

    def observe(self, place: int | None) -> None:
        """Take note of the place, from 0, of the accepted move in a block; None if none was accepted."""
        self.value = 2 * self.value if place is None else max(1, (self.value + 2 * (place + 1)) // 2)
        self.value = min(self.value, 2**20)
