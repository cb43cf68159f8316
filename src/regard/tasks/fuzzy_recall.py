"""Associative recall with keys and values of several tokens."""

from functools import cached_property
from typing import final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from regard.core.randomness import generator_of
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.data.draws import draw_until_different
from regard.data.motifs import LONGEST_MOTIF, draw_different_motifs, draw_motifs, motifs, variety
from regard.data.question import Question
from regard.data.samples import Samples
from regard.data.splits import split_in_order
from regard.data.task import Predict, SplitName, Task
from regard.data.typed import read_numbers
from regard.data.writing import Form, Writing


@final
class FuzzyRecall(Task):
    """Which value stood beside this key, when both have 1 to 3 tokens?

    After the fuzzy in-context recall of Poli et al. 2024 (MAD), arXiv 2403.17844. A sequence has `pairs`
    pairs of a key and its value; then one of the keys again, and its value is to be written, with a token
    that ends it. Keys are motifs of the lower half of the vocabulary, values of the upper half, so a motif
    ends where the half changes; no two keys of a sequence are equal, though one may begin another. MAD's
    sequences have 128 tokens, ask for every key that comes again, train on all tokens and count single
    ones; here each sequence asks once and the whole value counts. So its published figures do not compare.
    """

    metric = "exact match"

    def __init__(
        self,
        *,
        vocabulary: int = 16,
        pairs: int = 6,
        samples: int = 20_000,
        held_out: int = 1_000,
        form: Form = "causal",
        data_seed: int = 0,
    ) -> None:
        self.require_between("vocabulary", vocabulary, 4, 65_536)
        self.require_between("pairs", pairs, 2, 1_000)
        self.require_between("samples", samples, 1, 1_000_000)
        self.require_between("held_out", held_out, 1, 1_000_000)
        self.half = vocabulary // 2
        keys, total = motifs(self.half), samples + 2 * held_out
        self.require(
            keys >= pairs,
            f"a vocabulary of {vocabulary} has {keys:,} different keys, too few for {pairs} in a sequence. "
            f"Raise `vocabulary` or lower `pairs`.",
        )
        # to find twice as many different ones as there are equally likely ones in effect takes a few draws
        enough = min(2**62, 2 * pairs * variety(self.half) ** (2 * pairs))
        self.require(
            enough >= total,
            f"{pairs} pairs from a vocabulary of {vocabulary} are enough for {enough:,} different samples, "
            f"but {total:,} are asked for. Raise `pairs` or `vocabulary`, or lower `samples`.",
        )
        self.vocabulary, self.pairs = vocabulary, pairs
        self.samples, self.held_out, self.data_seed = samples, held_out, data_seed
        self.padding, self.separator, self.end, self.slot = range(vocabulary, vocabulary + 4)
        question = 2 * LONGEST_MOTIF * pairs + LONGEST_MOTIF + 1
        self.writing = Writing(question, LONGEST_MOTIF + 1, form, self.slot, self.padding, self.end)
        self.require_room(total, self.writing.length)
        size = vocabulary + 4
        self.shape = Shape(TokenInput(size, self.writing.length, form == "causal"), TokenOutput(size))
        # values of one token are the most frequent: a third, each of them one of the upper half
        self.chance = 1 / (LONGEST_MOTIF * (vocabulary - self.half))

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def identities(self, samples: Samples) -> list[str]:
        rows = self.writing.given(samples)[:, :-1].tolist()
        return [" ".join(str(token) for token in row if token != self.padding) for row in rows]

    def show(self, samples: Samples, i: int) -> str:
        answer = [t for t in self.writing.answers(samples)[i].tolist() if 0 <= t < self.end]
        return f"{self.identities(samples[i : i + 1])[0]} -> {' '.join(map(str, answer))}"

    def text(self, tokens: Int64[Tensor, " n"]) -> str:
        names = {self.padding: "padding", self.separator: "->", self.end: "end", self.slot: "slot"}
        return " ".join(names.get(token, str(token)) for token in tokens.tolist())

    def encode(self, text: str) -> Question:
        """`3 9 5 1 12 3`: keys, each with its value, and then a key."""
        tokens, room = read_numbers(text, self.vocabulary), self.writing.question - 1
        self.require(
            bool(tokens) and len(tokens or []) <= room,
            f"'{text}' is no question of this task. Give 1 to {room} numbers from 0 to {self.vocabulary - 1} "
            f"with spaces between them.",
        )
        assert tokens is not None
        row = [self.padding] * (room - len(tokens)) + [*tokens, self.separator]
        return self.writing.ask(torch.tensor(row))

    def score(self, predict: Predict, samples: Samples) -> Float[Tensor, " b"]:
        return self.writing.score(predict, samples)

    def fed_back(self, samples: Samples) -> Bool[Tensor, "b n"] | None:
        return self.writing.fed_back(samples)

    def solve(self, samples: Samples) -> Int64[Tensor, "b n"]:
        """The value behind the same key, read from the tokens."""
        answers = [self._recalled(row) for row in self.writing.given(samples).tolist()]
        return self.writing.targets(torch.tensor(answers))

    def _recalled(self, row: list[int]) -> list[int]:
        tokens = [token for token in row if token < self.padding]
        motifs: list[list[int]] = []
        for i, token in enumerate(tokens):
            if i == 0 or (token < self.half) != (tokens[i - 1] < self.half):
                motifs.append([])
            motifs[-1].append(token)
        *pairs, asked = motifs
        value = pairs[pairs[::2].index(asked) * 2 + 1]
        return [*value, self.end, *[self.padding] * (LONGEST_MOTIF - len(value))]

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        rng = generator_of(self.data_seed, "fuzzy_recall")
        total = self.samples + 2 * self.held_out
        samples = self.writing.samples(draw_until_different(lambda: self._draw(total, rng), total))
        return split_in_order(samples, self.samples, self.held_out)

    def _draw(self, count: int, rng: torch.Generator) -> Int64[Tensor, "s length"]:
        """Whole rows whose keys are different."""
        keys = draw_different_motifs(self.half, count, self.pairs, rng)
        keys = keys.masked_fill(keys == self.half, self.padding)
        # the padding of values is that of the task
        values = self.half + draw_motifs(self.vocabulary - self.half, count, self.pairs, rng)
        asked = torch.randint(self.pairs, (count,), generator=rng)
        row = torch.arange(count)
        context = torch.stack([keys, values], 2).flatten(1)
        question = self._pushed(torch.cat([context, keys[row, asked]], 1))
        ends = torch.full((count, 1), self.end)
        answer = self._pulled(torch.cat([values[row, asked], ends], 1))
        separators = torch.full((count, 1), self.separator)
        return torch.cat([question, separators, answer], 1)

    def _pushed(self, rows: Int64[Tensor, "s n"]) -> Int64[Tensor, "s n"]:
        """All padding to the front."""
        return rows.gather(1, (rows != self.padding).long().argsort(dim=1, stable=True))

    def _pulled(self, rows: Int64[Tensor, "s n"]) -> Int64[Tensor, "s n"]:
        """All padding to the back."""
        return rows.gather(1, (rows == self.padding).long().argsort(dim=1, stable=True))
