"""Do two sequences match up to a hidden relation?"""

from functools import cached_property
from typing import Literal, final

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from regard.core.randomness import generator_of
from regard.data.draws import draw_until_different
from regard.data.pairing import Form, paired, shape_of, unpaired
from regard.data.samples import Samples
from regard.data.splits import split_in_order
from regard.data.spoiling import exchanged, replaced
from regard.data.task import SplitName, Task

LARGEST = 2**27
"""Tokens in all samples together: 1 GiB."""


@final
class Pairs(Task):
    """Is the second sequence the first one, with every token replaced by its partner?

    Partners are a hidden permutation of the tokens, drawn from `data_seed` and to be found in training.
    `order`: the partners stand in the `same` order as the tokens, `reversed`, or `shuffled`. Every second
    pair matches. Where the sequences do not match, `changed` of the second one's tokens have been replaced
    by random other ones, so that neither sequence alone says anything; but if order matters, every other
    time two different tokens have been exchanged instead, so that it does not suffice to count tokens.
    For cross- and co-attention; the `joined` and `causal` forms put both into one sequence.
    """

    metric = "accuracy"
    chance = 0.5
    labels = ("different", "match")

    def __init__(
        self,
        *,
        vocabulary: int = 16,
        length: int = 8,
        order: Literal["same", "reversed", "shuffled"] = "same",
        changed: int = 2,
        form: Form = "pair",
        samples: int = 20_000,
        held_out: int = 1_000,
        data_seed: int = 0,
    ) -> None:
        self.require_between("vocabulary", vocabulary, 4, 65_536)
        self.require_between("length", length, 2, 4_096)
        self.require_between("changed", changed, 1, length)
        self.require_between("samples", samples, 2, 1_000_000)
        self.require_between("held_out", held_out, 2, 1_000_000)
        total = samples + 2 * held_out
        self.require(
            2 * total * length <= LARGEST,
            f"{total:,} pairs of length {length:,} are more than {LARGEST:,} tokens. Lower `samples`.",
        )
        problems = min(2**62, vocabulary**length)
        self.require(
            problems >= 4 * total,
            f"{vocabulary} tokens make {problems:,} sequences of {length}, too few for {total:,} different "
            f"ones. Raise `length` or `vocabulary`, or lower `samples`.",
        )
        self.vocabulary, self.length, self.order, self.changed = vocabulary, length, order, changed
        self.form, self.samples, self.held_out, self.data_seed = form, samples, held_out, data_seed
        self.shape = shape_of(form, vocabulary, length)

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def identities(self, samples: Samples) -> list[str]:
        # a first sequence with any second one: what matches and what nearly does are one problem
        return [" ".join(map(str, row)) for row in unpaired(samples)[:, 0].tolist()]

    def show(self, samples: Samples, i: int) -> str:
        first, second = unpaired(samples)[i].tolist()
        verdict = self.labels[int(samples.targets[i])]
        return f"{' '.join(map(str, first))} | {' '.join(map(str, second))} -> {verdict}"

    def solve(self, samples: Samples) -> Int64[Tensor, " b"]:
        """By the hidden partners."""
        first, second = unpaired(samples).unbind(1)
        expected = self._partners[first]
        if self.order == "shuffled":
            return _same_tokens(expected, second).long()
        if self.order == "reversed":
            expected = expected.flip(1)
        return (expected == second).all(1).long()

    @cached_property
    def _partners(self) -> Int64[Tensor, " vocabulary"]:
        return torch.randperm(self.vocabulary, generator=generator_of(self.data_seed, "pairs", "partners"))

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        rng = generator_of(self.data_seed, "pairs")
        total = self.samples + 2 * self.held_out
        first = draw_until_different(
            lambda: torch.randint(self.vocabulary, (total, self.length), generator=rng), total
        )
        second = self._partners[first]
        match = torch.arange(total) % 2 == 0
        second = torch.where(match.unsqueeze(1), second, self._spoiled(second, rng))
        samples = paired(
            self.form, torch.stack([first, self._ordered(second, rng)], 1), match.long(), self.vocabulary
        )
        return split_in_order(samples, self.samples, self.held_out)

    def _spoiled(self, rows: Int64[Tensor, "s n"], rng: torch.Generator) -> Int64[Tensor, "s n"]:
        """Rows that are no longer right in the order that is asked for."""
        wrong = replaced(rows, self.vocabulary, rng, self.changed)
        if self.order == "shuffled":
            # changes can undo each other as far as order does not matter
            while len(again := _same_tokens(wrong, rows).nonzero().flatten()):
                wrong[again] = replaced(rows[again], self.vocabulary, rng, self.changed)
            return wrong
        swapped = exchanged(rows, self.vocabulary, rng)
        every_other = torch.arange(len(rows)) % 4 < 2  # as every second pair matches
        chosen = every_other & (swapped != rows).any(1)
        return torch.where(chosen.unsqueeze(1), swapped, wrong)

    def _ordered(self, rows: Int64[Tensor, "s n"], rng: torch.Generator) -> Int64[Tensor, "s n"]:
        if self.order == "reversed":
            return rows.flip(1)
        if self.order == "shuffled":
            return rows.gather(1, torch.rand(rows.shape, generator=rng).argsort(1))
        return rows


def _same_tokens(first: Int64[Tensor, "s n"], second: Int64[Tensor, "s n"]) -> Bool[Tensor, " s"]:
    """Whether rows have the same tokens equally often."""
    return (first.sort(1).values == second.sort(1).values).all(1)
