"""Words inside and outside a language, dealt to splits so that their length says nothing."""

from dataclasses import dataclass
from typing import Self, final

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from regard.data.splits import first_of_each, split_by_problem
from regard.data.task import SplitName
from regard.data.word_source import WordSource

ENOUGH = 10
"""Words of each kind that a length must have, for every split to get some of both."""
HELD_OUT_SHARE = 0.1
"""Of the words, for validation and for test."""
LEAST = 40
"""Words of each kind drawn at every length, repeats among them."""


@final
@dataclass(frozen=True, eq=False)
class Words:
    """Words padded behind, of known lengths, inside a language or not; one may occur several times."""

    rows: Int64[Tensor, "s n"]
    lengths: Int64[Tensor, " s"]
    inside: Bool[Tensor, " s"]

    @classmethod
    def drawn(
        cls, source: WordSource, lengths: Int64[Tensor, " lengths"], each: int, rng: torch.Generator
    ) -> Self:
        """Of every length `each` words inside and `each` outside, half of these near misses."""
        lengths = lengths.repeat_interleave(each)
        inside, outside = (source.draw(lengths, member, rng) for member in (True, False))
        outside[::2] = source.near_misses(lengths[::2], rng)
        kinds = torch.tensor([True, False]).repeat_interleave(len(lengths))
        return cls(torch.cat([inside, outside]), lengths.repeat(2), kinds)

    def __getitem__(self, which: Tensor) -> Self:
        return type(self)(self.rows[which], self.lengths[which], self.inside[which])

    def divided(self, rng: torch.Generator) -> dict[SplitName, Self]:
        """Splits that share no word. Each has words of both kinds of every length that has `ENOUGH` of
        both; any other length lies in one split as a whole.
        """
        word = torch.unique(self.rows, dim=0, return_inverse=True)[1]
        kind = 2 * self.lengths + self.inside
        counts = kind[first_of_each(word)].bincount(minlength=2 * int(self.lengths.max()) + 2)
        scarce = (counts.view(-1, 2) < ENOUGH).any(1)[self.lengths]
        # what is dealt: a length as a whole, numbered below 0, or a word
        dealt = torch.where(scarce, -self.lengths, word)
        first = first_of_each(dealt)
        held_out = max(HELD_OUT_SHARE, 1 / len(first))
        strata = kind.masked_fill(scarce, 0)[first]
        parts = split_by_problem(dealt[first], (1 - 2 * held_out, held_out, held_out), rng, strata)
        return {name: self[torch.isin(dealt, dealt[first[part]])] for name, part in parts.items()}

    def balanced(self, count: int, rng: torch.Generator) -> Int64[Tensor, "count n"]:
        """Words of evenly drawn lengths: for every one inside there is one outside of that very length. Of
        each kind and length they are taken in turn.
        """
        lengths = torch.unique(self.lengths)
        drawn = lengths[torch.randint(len(lengths), ((count + 1) // 2,), generator=rng)].sort().values
        rows = torch.cat([self[self.inside == kind]._taken(drawn, rng) for kind in (True, False)])
        return rows[torch.randperm(len(rows), generator=rng)[:count]]

    def _taken(self, lengths: Int64[Tensor, " s"], rng: torch.Generator) -> Int64[Tensor, "s n"]:
        """For each of these lengths, in rising order, a word."""
        shuffled = self[torch.randperm(len(self.lengths), generator=rng)]
        own, order = shuffled.lengths.sort(stable=True)
        first, behind = (torch.searchsorted(own, lengths, right=right) for right in (False, True))
        rank = torch.arange(len(lengths)) - torch.searchsorted(lengths, lengths)
        return shuffled.rows[order[first + rank % (behind - first)]]
