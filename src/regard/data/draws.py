"""Many draws without repeats, at once."""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from regard.data.splits import first_of_each

AT_ONCE = 2**22
"""Random numbers held at one time: 32 MiB in float64."""


def past(numbers: Int64[Tensor, "s n"], taken: Int64[Tensor, "s taken"]) -> Int64[Tensor, "s n"]:
    """Each number u as the u-th one, from 0, that its row has not taken. What is taken is all different."""
    # below the i-th taken number, counted from 0, there are as many free ones as it exceeds i
    free_below = taken.sort(1).values - torch.arange(taken.shape[1])
    return numbers + torch.searchsorted(free_below, numbers, right=True)


def draw_distinct(below: int, rows: int, count: int, rng: torch.Generator) -> Int64[Tensor, "rows count"]:
    """In every row `count` different numbers from 0 to `below` - 1, in random order."""
    drawn = torch.empty(rows, 0, dtype=torch.int64)
    for i in range(count):
        free = torch.randint(below - i, (rows, 1), generator=rng)
        drawn = torch.cat([drawn, past(free, drawn)], 1)
    return drawn


def draw_different(below: int, rows: int, count: int, rng: torch.Generator) -> Int64[Tensor, "rows count"]:
    """The same as `draw_distinct`, quicker where there are many in a row: all at once, and what comes
    again in its row is drawn anew. No number is treated unlike another, so all rows stay equally likely.
    """
    if below <= 4 * count:
        # so few are left at the end that they would hardly be found
        return draw_weighted(torch.ones(below, dtype=torch.float64), rows, count, rng)
    drawn = torch.randint(below, (rows, count), generator=rng)
    while (again := repeated(drawn)).any():
        drawn[again] = torch.randint(below, (int(again.sum()),), generator=rng)
    return drawn


def repeated(rows: Int64[Tensor, "s n"]) -> Bool[Tensor, "s n"]:
    """Which numbers stand further ahead in their row too."""
    ordered, places = rows.sort(dim=1, stable=True)
    equal = torch.zeros_like(rows, dtype=torch.bool)
    equal[:, 1:] = ordered[:, 1:] == ordered[:, :-1]
    return equal.scatter(1, places, equal)


def draw_weighted(
    weights: Float[Tensor, " choices"], rows: int, count: int, rng: torch.Generator
) -> Int64[Tensor, "rows count"]:
    """In every row `count` different choices, drawn one after another in proportion to their weights."""
    chunk = max(1, AT_ONCE // len(weights))
    sizes = [min(chunk, rows - start) for start in range(0, rows, chunk)]
    drawn = [torch.multinomial(weights.expand(size, -1), count, generator=rng) for size in sizes]
    return torch.cat(drawn)


def draw_numbers(below: int, count: int, rng: torch.Generator) -> Int64[Tensor, " count"]:
    """`count` different numbers from 0 to `below` - 1, in random order."""
    if below <= AT_ONCE:
        return torch.randperm(below, generator=rng)[:count]
    numbers = torch.empty(0, dtype=torch.int64)
    while len(numbers) < count:
        more = torch.randint(below, (count,), generator=rng)
        numbers = torch.unique(torch.cat([numbers, more]))
    return numbers[torch.randperm(len(numbers), generator=rng)[:count]]


def draw_sequences(
    tokens: int, lengths: tuple[int, int], count: int, rng: torch.Generator
) -> Int64[Tensor, "count longest"]:
    """`count` different sequences of the tokens below `tokens`, padded behind with the token `tokens`.

    Lengths are uniform from the shortest to the longest, but of very short sequences there are only so
    many. They stand in random order. There must be many more sequences than are asked for (see `sequences`).
    """
    shortest, longest = lengths

    def draw() -> Int64[Tensor, "count longest"]:
        rows = torch.randint(tokens, (count, longest), generator=rng)
        ends = torch.randint(shortest, longest + 1, (count, 1), generator=rng)
        return rows.masked_fill(torch.arange(longest) >= ends, tokens)

    # short ones are all found early
    return draw_until_different(draw, count)[torch.randperm(count, generator=rng)]


def draw_until_different(draw: Callable[[], Int64[Tensor, "s n"]], count: int) -> Int64[Tensor, "count n"]:
    """Rows from as many draws as it takes until `count` of them are different, likely ones first."""
    rows = draw()
    while True:
        rows = rows[first_of_each(torch.unique(rows, dim=0, return_inverse=True)[1])]
        if len(rows) >= count:
            return rows[:count]
        rows = torch.cat([rows, draw()])


def sequences(tokens: int, lengths: tuple[int, int]) -> int:
    """How many different sequences there are in the longer half of the lengths, 2^62 at most: as long as
    that is twice what is to be drawn, drawing until all are different ends soon."""
    shortest, longest = lengths
    return min(2**62, sum(min(tokens**n, 2**62) for n in range((shortest + longest + 1) // 2, longest + 1)))
