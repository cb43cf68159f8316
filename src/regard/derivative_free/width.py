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

    def observe(self, count: int, place: int | None) -> None:
        """Take note of the place, from 0, of the accepted move in a block of so many; None if none was
        accepted. A narrower block without success, of an evaluator that answers fewer, says nothing.
        """
        if place is not None:
            self.value = max(1, (self.value + 2 * (place + 1)) // 2)
        elif count >= self.value:
            self.value *= 2
        self.value = min(self.value, 2**20)
