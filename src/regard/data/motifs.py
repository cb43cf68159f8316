"""Motifs: sequences of one to three tokens."""

import torch
from jaxtyping import Int64
from torch import Tensor

from regard.data.draws import draw_different

LONGEST_MOTIF = 3


def motifs(tokens: int) -> int:
    """How many motifs so many tokens make."""
    return sum(tokens**size for size in range(1, LONGEST_MOTIF + 1))


def variety(tokens: int) -> int:
    """Two motifs of random sizes and tokens are equal as seldom as two of so many equally likely ones."""
    return int(LONGEST_MOTIF**2 / sum(1 / tokens**size for size in range(1, LONGEST_MOTIF + 1)))


def draw_motifs(tokens: int, rows: int, count: int, rng: torch.Generator) -> Int64[Tensor, "rows count 3"]:
    """In every row `count` motifs of random sizes and tokens, padded behind with the token `tokens`."""
    drawn = torch.randint(tokens, (rows, count, LONGEST_MOTIF), generator=rng)
    sizes = torch.randint(1, LONGEST_MOTIF + 1, (rows, count, 1), generator=rng)
    return drawn.masked_fill(torch.arange(LONGEST_MOTIF) >= sizes, tokens)


def draw_different_motifs(
    tokens: int, rows: int, count: int, rng: torch.Generator
) -> Int64[Tensor, "rows count 3"]:
    """The same, all motifs of a row different, one after another: each is of any size of which some are
    left, and any of those. There must be so many (see `motifs`).
    """
    sizes, ranks = _draw_sizes(tokens, rows, count, rng)
    drawn = torch.full((rows, count, LONGEST_MOTIF), tokens)
    for size in range(1, LONGEST_MOTIF + 1):
        place = sizes == size
        most = int(place.sum(1).max())
        # the number of a motif has its tokens as digits
        numbers = draw_different(tokens**size, rows, most, rng)
        row = place.nonzero()[:, :1]
        digits = numbers[row, ranks[place].unsqueeze(1)] // tokens ** torch.arange(size) % tokens
        drawn[..., :size][place] = digits
    return drawn


def _draw_sizes(
    tokens: int, rows: int, count: int, rng: torch.Generator
) -> tuple[Int64[Tensor, "rows count"], Int64[Tensor, "rows count"]]:
    """Random sizes of different motifs, and how many of the same size come before each in its row."""
    there_are = tokens ** torch.arange(1, LONGEST_MOTIF + 1)
    taken = torch.zeros(rows, LONGEST_MOTIF, dtype=torch.int64)
    sizes, ranks = torch.empty(2, rows, count, dtype=torch.int64)
    for i in range(count):
        size = torch.multinomial((taken < there_are).double(), 1, generator=rng)
        sizes[:, i : i + 1], ranks[:, i : i + 1] = size + 1, taken.gather(1, size)
        taken.scatter_add_(1, size, torch.ones_like(size))
    return sizes, ranks
