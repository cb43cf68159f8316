"""Nested lists of digits and what is to be done with them."""

import re
from functools import cached_property
from typing import final

import torch
from jaxtyping import Int64
from torch import Tensor

from regard.core.errors import nearest
from regard.core.randomness import generator_of
from regard.core.shapes import ClassOutput, Shape, TokenInput
from regard.data.guessing import favorite_share
from regard.data.listops_grammar import TOKENS, draw_expressions, evaluate
from regard.data.question import Question, Slots
from regard.data.samples import Samples
from regard.data.splits import split_in_order
from regard.data.task import LookUp, SplitName, Task
from regard.data.writing import Form

NUMBER = {token: number for number, token in enumerate(TOKENS)}
PADDING = len(TOKENS)
ROUNDS = 20
"""Of drawing, before it is said that there are too few expressions."""


@final
class Listops(Task):
    """What is the value of `[MAX 2 9 [MIN 4 7 ] 0 ]`?

    Nangia & Bowman 2018, arXiv 1804.06028: the operators MIN, MAX, MED (the median, rounded down) and SM
    (the sum modulo 10) over digits and further lists, one of ten classes. Expressions nest at most `depth`
    deep, an operator has 2 to `arguments` arguments, of which one in four is a list, and no expression has
    more than `length` tokens. The long ones of the Long Range Arena are another version, with other lengths.
    In the `causal` form set model.pool=mean.
    """

    metric = "accuracy"
    known_look_up = LookUp(0.24, "where operators are few, the first argument is often the answer")
    labels = tuple("0123456789")

    def __init__(
        self,
        *,
        depth: int = 3,
        arguments: int = 5,
        length: int = 60,
        samples: int = 20_000,
        held_out: int = 1_000,
        form: Form = "masked",
        data_seed: int = 0,
    ) -> None:
        self.require_between("depth", depth, 1, 20)
        self.require_between("arguments", arguments, 2, 20)
        self.require_between("length", length, 4, 4_096)
        self.require_between("samples", samples, 1, 200_000)
        self.require_between("held_out", held_out, 1, 50_000)
        self.require_room(samples + 2 * held_out, length)
        self.depth, self.arguments, self.length = depth, arguments, length
        self.samples, self.held_out, self.data_seed = samples, held_out, data_seed
        self.shape = Shape(TokenInput(len(TOKENS) + 1, length, form == "causal"), ClassOutput(10))

    @cached_property
    def chance(self) -> float:
        return favorite_share(self.split("train"), self.split("test"))

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def identities(self, samples: Samples) -> list[str]:
        return [" ".join(TOKENS[t] for t in row if t != PADDING) for row in samples.inputs.tolist()]

    def show(self, samples: Samples, i: int) -> str:
        expression = re.sub(r"\[ (\w+)", r"[\1", self.identities(samples[i : i + 1])[0])
        return f"{expression} = {samples.targets[i]}"

    def encode(self, text: str) -> Question:
        """`[MAX 2 9 [MIN 4 7 ] 0 ]`, with or without spaces around the brackets."""
        words = text.replace("[", " [ ").replace("]", " ] ").split()
        self.require(
            0 < len(words) <= self.length, f"an expression has 1 to {self.length} tokens, not {len(words)}."
        )
        for word in words:
            self.require(word in NUMBER, f"there is no token '{word}'. {nearest(word, NUMBER)}")
        return Slots(torch.tensor([NUMBER[word] for word in words]))

    def solve(self, samples: Samples) -> Int64[Tensor, " b"]:
        """By evaluation."""
        return torch.tensor([evaluate(expression.split()) for expression in self.identities(samples)])

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        expressions = self._draw(self.samples + 2 * self.held_out)
        rows = torch.full((len(expressions), self.length), PADDING)
        for row, expression in zip(rows, expressions, strict=True):
            row[: len(expression)] = torch.tensor([NUMBER[token] for token in expression])
        values = torch.tensor([evaluate(expression) for expression in expressions])
        return split_in_order(Samples(rows, values, rows != PADDING), self.samples, self.held_out)

    def _draw(self, count: int) -> list[tuple[str, ...]]:
        """Different expressions of at most `length` tokens, in the order of drawing."""
        seeds = torch.randint(2**31, (ROUNDS,), generator=generator_of(self.data_seed, "listops")).tolist()
        found: dict[tuple[str, ...], None] = {}
        for seed in seeds:
            for expression in draw_expressions(seed, count, self.depth, self.arguments, self.length):
                found[expression] = None
                if len(found) == count:
                    return list(found)
        self.require(
            False,
            f"only {len(found):,} of {count:,} different expressions were found in {ROUNDS} rounds. Raise "
            f"`depth`, `arguments` or `length`, or lower `samples`.",
        )
        return []
