"""A sequence in, a sequence of the same length out: what `copy`, `reverse` and `sort` share."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from regard.core.randomness import generator_of
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.data.draws import draw_sequences, sequences
from regard.data.guessing import favorite_share
from regard.data.question import Question
from regard.data.samples import IGNORED, Samples
from regard.data.splits import split_in_order
from regard.data.task import LookUp, Predict, SplitName, Task
from regard.data.typed import read_numbers
from regard.data.writing import Form, Writing

Rule = Callable[[Tensor, Tensor], Tensor]
"""Rows (s, n), padded behind with a token above all others, and their lengths (s,), to such rows."""

LONGEST = 4096
LARGEST = 2**27
"""Tokens in all samples together: 1 GiB."""


@final
@dataclass(frozen=True, kw_only=True)
class SequenceSettings:
    """Which sequences are drawn."""

    vocabulary: int
    shortest: int
    longest: int
    lengths: tuple[int, ...]
    """Of the test sets beyond training."""
    samples: int
    held_out: int
    data_seed: int


@final
class Transduction(Task):
    """A task whose answer is as long as its question.

    The question stands at the end of a field of `longest` tokens, padding in front, so that its last
    token is always next to the separator; then the answer and a token that ends it. Lengths are uniform
    from `shortest` to `longest`; different lengths have their answers at different distances. Sets beyond
    training have sequences of one length each, without padding. `look_up` says why looking up one distance
    answers all questions of one length, if it does.
    """

    metric = "exact match"

    def __init__(
        self, name: str, rule: Rule, form: Form, settings: SequenceSettings, look_up: str | None = None
    ) -> None:
        self._name, self.rule, self.form, self.settings = name, rule, form, settings
        self._look_up = look_up
        v = settings.vocabulary
        self.padding, self.separator, self.end, self.slot = range(v, v + 4)
        self._check()
        longest = max((settings.longest, *settings.lengths))
        size = v + 4
        self.shape = Shape(
            TokenInput(size, self.writing(longest).length, form == "causal"), TokenOutput(size)
        )

    @property
    def name(self) -> str:
        return self._name

    @cached_property
    def chance(self) -> float:
        return favorite_share(self.split("train"), self.split("test"))

    @property
    def known_look_up(self) -> LookUp | None:
        if self._look_up is None:
            return None
        lengths = (self.split("train").targets != IGNORED).sum(1)
        return LookUp((lengths.bincount().max() / len(lengths)).item(), self._look_up)

    def writing(self, longest: int) -> Writing:
        """The form of rows whose questions have up to so many tokens."""
        return Writing(longest + 1, longest + 1, self.form, self.slot, self.padding, self.end)

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def beyond(self) -> dict[str, Samples]:
        """For each of the lengths as many sequences as in the test split."""
        return {f"length {n}": self._of_length(n) for n in self.settings.lengths}

    def chances(self) -> dict[str, float]:
        """No longer answer was ever seen, so that no favorite is right."""
        return {f"length {n}": 0.0 for n in self.settings.lengths}

    def identities(self, samples: Samples) -> list[str]:
        rows = self._writing_of(samples).given(samples)[:, :-1].tolist()
        return [" ".join(str(token) for token in row if token != self.padding) for row in rows]

    def show(self, samples: Samples, i: int) -> str:
        answer = [t for t in self._writing_of(samples).answers(samples)[i].tolist() if 0 <= t < self.end]
        return f"{self.identities(samples[i : i + 1])[0]} -> {' '.join(map(str, answer))}"

    def text(self, tokens: Int64[Tensor, " n"]) -> str:
        names = {self.padding: "padding", self.separator: "->", self.end: "end", self.slot: "slot"}
        return " ".join(names.get(token, str(token)) for token in tokens.tolist())

    def encode(self, text: str) -> Question:
        """`3 1 4 1`, token by token. A sequence longer than in training is asked without padding."""
        v, longest = self.settings.vocabulary, max((self.settings.longest, *self.settings.lengths))
        tokens = read_numbers(text, v)
        self.require(
            tokens is not None,
            f"'{text}' is no sequence of tokens. Give numbers from 0 to {v - 1} with spaces between them.",
        )
        assert tokens is not None
        self.require(0 < len(tokens) <= longest, f"give 1 to {longest} tokens, not {len(tokens)}.")
        field = max(len(tokens), self.settings.longest)
        row = [self.padding] * (field - len(tokens)) + [*tokens, self.separator]
        return self.writing(field).ask(torch.tensor(row))

    def score(self, predict: Predict, samples: Samples) -> Float[Tensor, " b"]:
        return self._writing_of(samples).score(predict, samples)

    def fed_back(self, samples: Samples) -> Bool[Tensor, "b n"] | None:
        return self._writing_of(samples).fed_back(samples)

    def solve(self, samples: Samples) -> Int64[Tensor, "b n"]:
        """By the rule."""
        writing = self._writing_of(samples)
        field = writing.given(samples)[:, :-1]
        lengths = (field != self.padding).sum(1)
        return writing.targets(self._answers(_moved(field, lengths - field.shape[1]), lengths))

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        d = self.settings
        rng = generator_of(d.data_seed, self.name)
        total = d.samples + 2 * d.held_out
        samples = self._asked(draw_sequences(d.vocabulary, (d.shortest, d.longest), total, rng))
        return split_in_order(samples, d.samples, d.held_out)

    def _of_length(self, length: int) -> Samples:
        d = self.settings
        rng = generator_of(d.data_seed, self.name, "length", length)
        return self._asked(torch.randint(d.vocabulary, (d.held_out, length), generator=rng))

    def _asked(self, rows: Int64[Tensor, "s n"]) -> Samples:
        """Questions, separators and answers from sequences that are padded behind."""
        lengths = (rows != self.padding).sum(1)
        field = _moved(rows, rows.shape[1] - lengths)
        separators = torch.full((len(rows), 1), self.separator)
        whole = torch.cat([field, separators, self._answers(rows, lengths)], 1)
        return self.writing(rows.shape[1]).samples(whole)

    def _answers(self, rows: Int64[Tensor, "s n"], lengths: Int64[Tensor, " s"]) -> Int64[Tensor, "s m"]:
        """What the rule gives, then the token that ends it, then padding."""
        ends = torch.full((len(rows), 1), self.padding)
        return torch.cat([self.rule(rows, lengths), ends], 1).scatter(1, lengths.unsqueeze(1), self.end)

    def _writing_of(self, samples: Samples) -> Writing:
        return self.writing((samples.inputs.shape[1] + (self.form == "causal")) // 2 - 1)

    def _check(self) -> None:
        """Raise `InvalidOption` for an option out of its range."""
        d = self.settings
        self.require_between("vocabulary", d.vocabulary, 2, 65_536)
        self.require_between("longest", d.longest, 2, LONGEST)
        self.require_between("shortest", d.shortest, 1, d.longest)
        self.require_between("samples", d.samples, 1, 10_000_000)
        self.require_between("held_out", d.held_out, 1, 1_000_000)
        for length in d.lengths:
            self.require(
                d.longest < length <= LONGEST,
                f"lengths must be longer than `longest`, which is {d.longest}, and at most {LONGEST:,}, but "
                f"one is {length:,}.",
            )
        total = d.samples + 2 * d.held_out
        self.require(
            total * d.longest <= LARGEST,
            f"{total:,} samples of length {d.longest:,} are more than {LARGEST:,} tokens. Lower `samples` or "
            f"`longest`.",
        )
        problems = sequences(d.vocabulary, (d.shortest, d.longest))
        self.require(
            problems >= 2 * total,
            f"there are about {problems:,} sequences of up to {d.longest} of {d.vocabulary} tokens, too few "
            f"for {total:,} different samples. Raise `longest` or `vocabulary`, or lower `samples`.",
        )


def _moved(rows: Int64[Tensor, "s n"], steps: Int64[Tensor, " s"]) -> Int64[Tensor, "s n"]:
    """Each row turned to the right by its steps."""
    n = rows.shape[1]
    return rows.gather(1, (torch.arange(n) - steps.unsqueeze(1)) % n)
