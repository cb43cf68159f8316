"""Counting from one number to another."""

from functools import cached_property
from typing import final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from regard.core.randomness import generator_of
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.data.question import Question
from regard.data.samples import Samples
from regard.data.splits import split_by_problem
from regard.data.task import Predict, SplitName, Task
from regard.data.typed import read_numbers
from regard.data.writing import Form, Writing

SHARES = (0.8, 0.1, 0.1)


@final
class Count(Task):
    """Write all numbers from the first to the second: `3 7` is `3 4 5 6 7`.

    Numbers go up to `largest`, each a token of its own, so that their order has to be learned. Ranges of
    up to `longest` numbers are trained, all there are, 80 % of them; the set beyond training, `longer`, has
    all longer ones. In the `masked` form the whole answer is filled in at once.
    """

    metric = "exact match"

    def __init__(
        self, *, largest: int = 63, longest: int = 24, form: Form = "causal", data_seed: int = 0
    ) -> None:
        self.require_between("largest", largest, 10, 1000)
        self.require_between("longest", longest, 2, largest)
        self.largest, self.longest, self.data_seed = largest, longest, data_seed
        self.separator, self.end, self.slot, self.padding = range(largest + 1, largest + 5)
        size = largest + 5
        # the longest answer of all, from 0 to `largest`, and its end
        self.writing = Writing(3, largest + 2, form, self.slot, self.padding, self.end)
        self.require_room((largest + 1) * (largest + 2) // 2, self.writing.length, lower="largest")
        self.shape = Shape(TokenInput(size, self.writing.length, form == "causal"), TokenOutput(size))
        # every answer belongs to one question
        self.chance = 0.0

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def beyond(self) -> dict[str, Samples]:
        """All ranges of more than `longest` numbers."""
        first, last = self._ranges
        longer = last - first >= self.longest
        return {"longer": self._asked(first[longer], last[longer])}

    def chances(self) -> dict[str, float]:
        """Every answer belongs to one question there, too."""
        return {"longer": 0.0}

    def identities(self, samples: Samples) -> list[str]:
        return [f"{first} {last}" for first, last in samples.inputs[:, :2].tolist()]

    def show(self, samples: Samples, i: int) -> str:
        answer = [t for t in self.writing.answers(samples)[i].tolist() if 0 <= t < self.end]
        return f"{self.identities(samples[i : i + 1])[0]} -> {' '.join(map(str, answer))}"

    def text(self, tokens: Int64[Tensor, " n"]) -> str:
        names = {self.separator: "->", self.end: "end", self.slot: "slot", self.padding: "padding"}
        return " ".join(names.get(token, str(token)) for token in tokens.tolist())

    def encode(self, text: str) -> Question:
        """`3 7`."""
        numbers = read_numbers(text, self.largest + 1) or []
        self.require(
            len(numbers) == 2,
            f"'{text}' is no question of this task. Give two numbers from 0 to {self.largest}.",
        )
        return self.writing.ask(torch.tensor([*numbers, self.separator]))

    def score(self, predict: Predict, samples: Samples) -> Float[Tensor, " b"]:
        return self.writing.score(predict, samples)

    def fed_back(self, samples: Samples) -> Bool[Tensor, "b n"] | None:
        return self.writing.fed_back(samples)

    def solve(self, samples: Samples) -> Int64[Tensor, "b n"]:
        """By counting."""
        return self.writing.targets(self._count(samples.inputs[:, 0], samples.inputs[:, 1]))

    @cached_property
    def _ranges(self) -> tuple[Int64[Tensor, " s"], Int64[Tensor, " s"]]:
        """First and last numbers of all ranges."""
        numbers = torch.arange(self.largest + 1)
        first, last = torch.cartesian_prod(numbers, numbers).T
        return first[first <= last], last[first <= last]

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        first, last = self._ranges
        short = last - first < self.longest
        first, last = first[short], last[short]
        parts = split_by_problem(torch.arange(len(first)), SHARES, generator_of(self.data_seed, "count"))
        return {name: self._asked(first[part], last[part]) for name, part in parts.items()}

    def _asked(self, first: Int64[Tensor, " s"], last: Int64[Tensor, " s"]) -> Samples:
        separators = torch.full_like(first, self.separator)
        questions = torch.stack([first, last, separators], 1)
        return self.writing.samples(torch.cat([questions, self._count(first, last)], 1))

    def _count(self, first: Int64[Tensor, " s"], last: Int64[Tensor, " s"]) -> Int64[Tensor, "s answer"]:
        numbers = first.unsqueeze(1) + torch.arange(self.writing.answer)
        behind = numbers - last.unsqueeze(1)
        return numbers.masked_fill(behind == 1, self.end).masked_fill(behind > 1, self.padding)
