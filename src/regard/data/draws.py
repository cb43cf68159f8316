"""Many draws without repeats, at once."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor

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
