"""Random words of a language, and random words that are none."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from regard.data.automata import Language
from regard.data.spoiling import exchanged, replaced

Change = Callable[[Tensor, int, torch.Generator], Tensor]
"""Words (s, n) of so many letters, padded behind, to changed ones."""
TRIES = 8
"""Of changing a word so that it leaves its language."""


@final
@dataclass(frozen=True, eq=False)
class WordSource:
    """Draws words of up to `longest` letters; every word of a length is as likely as another."""

    letters: int
    following: Int64[Tensor, "states letters"]
    accepting: Bool[Tensor, " states"]
    ways: Float[Tensor, "lengths 2 states"]
    """[n, member, state]: how many continuations of n letters lead into the language (1) or not (0)."""

    @classmethod
    def of(cls, language: Language, longest: int) -> Self:
        """The source for one language."""
        following, accepting = language.table(longest)
        return cls(len(language.letters), following, accepting, _ways(following, accepting, longest))

    def lengths(self, shortest: int, longest: int) -> Int64[Tensor, " lengths"]:
        """Those that have both words in the language and words that are not."""
        both = (self.ways[:, :, 1] > 0).all(1).nonzero().flatten()
        return both[(both >= shortest) & (both <= longest)]

    def draw(self, lengths: Int64[Tensor, " s"], member: bool, rng: torch.Generator) -> Int64[Tensor, "s n"]:
        """Words of these lengths, padded behind with the number of letters."""
        rows = torch.full((len(lengths), int(lengths.max())), self.letters)
        state = torch.ones_like(lengths)
        for place in range(rows.shape[1]):
            left = lengths - place - 1
            weights = self.ways[left.clamp_min(0).unsqueeze(1), int(member), self.following[state]]
            going = left >= 0
            # rows that have ended draw too, from nothing in particular
            letter = torch.multinomial(
                torch.where(going.unsqueeze(1), weights, 1.0), 1, generator=rng
            ).squeeze(1)
            rows[:, place] = torch.where(going, letter, self.letters)
            state = torch.where(going, self.following[state, letter], state)
        return rows

    def near_misses(self, lengths: Int64[Tensor, " s"], rng: torch.Generator) -> Int64[Tensor, "s n"]:
        """Words of the language changed so that they leave it: in every second one two different letters
        exchanged, which keeps their counts; else one letter changed; else any non-word.
        """
        rows = self.draw(lengths, member=True, rng=rng)
        rows[::2] = self._leaving(rows[::2], exchanged, rng)
        rows = self._leaving(rows, replaced, rng)
        return torch.where(self.contains(rows).unsqueeze(1), self.draw(lengths, member=False, rng=rng), rows)

    def _leaving(
        self, rows: Int64[Tensor, "s n"], change: Change, rng: torch.Generator
    ) -> Int64[Tensor, "s n"]:
        """Words changed so that they leave the language, as far as one of a few tries does."""
        for _ in range(TRIES):
            changed = change(rows, self.letters, rng)
            left = self.contains(rows) & ~self.contains(changed)
            rows = torch.where(left.unsqueeze(1), changed, rows)
        return rows

    def contains(self, rows: Int64[Tensor, "s n"]) -> Bool[Tensor, " s"]:
        """Whether the words, padded behind, are in the language."""
        state = torch.ones_like(rows[:, 0])
        for letter in rows.T:
            going = letter < self.letters
            following = self.following[state, letter.clamp_max(self.letters - 1)]
            state = torch.where(going, following, state)
        return self.accepting[state]


def _ways(
    following: Int64[Tensor, "states letters"], accepting: Bool[Tensor, " states"], longest: int
) -> Float[Tensor, "lengths 2 states"]:
    """From each state and for each number of letters, how many continuations end outside and inside. Scaled:
    only the ratios within a length matter, and the numbers themselves would overflow."""
    ways = torch.empty(longest + 1, 2, len(accepting), dtype=torch.float64)
    ways[0, 0], ways[0, 1] = ~accepting, accepting
    for n in range(longest):
        more = ways[n][:, following].sum(-1)
        ways[n + 1] = more / more.amax(1, keepdim=True).clamp_min(1)
    return ways
