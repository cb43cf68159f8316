"""Addition and subtraction, digit by digit."""

import re
from functools import cached_property
from typing import Literal, final

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from regard.core.randomness import generator_of
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.data.draws import draw_numbers
from regard.data.question import Question
from regard.data.samples import Samples
from regard.data.splits import Shares, split_by_problem
from regard.data.task import Predict, SplitName, Task
from regard.data.writing import Form, Writing

ALPHABET = "0123456789+-=_"
"""The token of a character is its place here; `_` is the slot of an answer that is not yet given."""
PLUS, MINUS, EQUALS, SLOT = (ALPHABET.index(sign) for sign in "+-=_")
SHARES: Shares = (0.8, 0.1, 0.1)


@final
class Arithmetic(Task):
    """What is `12+34=`?

    The `operation` is addition, subtraction or both. Operands have `digits` digits, zeros in front. A sum has
    one digit more, a difference a sign and `digits` digits: `12+34=046`, `12-34=-22`. `reverse` turns the
    answer around, so that carries run in the order of writing: `12+34=640` (Lee et al. 2023, arXiv
    2307.03381). In the `causal` form the model writes the answer token by token; in the `masked` form it
    fills `12+34=___` at once, so that mechanisms that must read both ways can take part.

    Only answer tokens are trained, and only a whole answer counts, written by the model on its own.
    `samples` pairs of operands are drawn, all if there are no more (two digits: 10,000), and each is
    asked for every operation. About 80 % train, 10 % validate and 10 % test; a pair in either order and
    with either sign lies in one split.
    """

    metric = "exact match"

    def __init__(
        self,
        *,
        digits: int = 2,
        operation: Literal["addition", "subtraction", "both"] = "addition",
        reverse: bool = False,
        form: Form = "causal",
        samples: int = 10_000,
        data_seed: int = 0,
    ) -> None:
        self.require_between("digits", digits, 1, 9)
        # with fewer than 100 a split could stay empty
        self.require_between("samples", samples, 100, 1_000_000)
        self.digits, self.operation, self.reverse, self.form = digits, operation, reverse, form
        self.samples, self.data_seed = samples, data_seed
        self.writing = Writing(2 * digits + 2, digits + 1, form, SLOT)
        self.shape = Shape(
            TokenInput(len(ALPHABET), self.writing.length, form == "causal"), TokenOutput(len(ALPHABET))
        )
        # the most frequent answers are 99...9 of sums and 0 of differences: one in 10^digits
        self.chance = 10.0**-digits / (2 if operation == "both" else 1)

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def identities(self, samples: Samples) -> list[str]:
        first, second, _ = self._read(samples.inputs)
        pairs = torch.stack([first, second], 1).sort(1).values.tolist()
        return [f"{low} {high}" for low, high in pairs]

    def show(self, samples: Samples, i: int) -> str:
        row = torch.cat([self.writing.given(samples)[i], self.writing.answers(samples)[i]])
        return self.text(row)

    def text(self, tokens: Int64[Tensor, " n"]) -> str:
        return "".join(ALPHABET[token] for token in tokens.tolist())

    def show_answer(self, tokens: Int64[Tensor, " n"]) -> str:
        """The number that was written, from its first digit on and without zeros in front; what is no number,
        as it was written.
        """
        written = self.text(tokens)
        number = written[::-1] if self.reverse else written
        return str(int(number)) if re.fullmatch(r"[+-]?\d+", number) else written

    def encode(self, text: str) -> Question:
        """`37+45=`; zeros in front and the equals sign may be left out."""
        signs = {"addition": "+", "subtraction": "-", "both": "+-"}[self.operation]
        found = re.fullmatch(rf"(\d+)\s*([{signs}])\s*(\d+)\s*=?", text.strip(), re.ASCII)
        self.require(
            found is not None and max(len(found[1]), len(found[3])) <= self.digits,
            f"'{text}' is no question of this task. Ask for two numbers of up to {self.digits} digits with "
            f"{' or '.join(signs)} between them.",
        )
        assert found is not None
        row = f"{found[1].zfill(self.digits)}{found[2]}{found[3].zfill(self.digits)}="
        return self.writing.ask(torch.tensor([ALPHABET.index(sign) for sign in row]))

    def score(self, predict: Predict, samples: Samples) -> Tensor:
        return self.writing.score(predict, samples)

    def solve(self, samples: Samples) -> Int64[Tensor, "b n"]:
        """The answer by calculation, from the question alone."""
        return self.writing.targets(self._calculate(*self._read(samples.inputs)))

    def fed_back(self, samples: Samples) -> Bool[Tensor, "b n"] | None:
        return self.writing.fed_back(samples)

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        rng = generator_of(self.data_seed, "arithmetic")
        size = 10**self.digits
        numbers = draw_numbers(size**2, min(self.samples, size**2), rng)
        first, second = numbers // size, numbers % size
        low, high = torch.minimum(first, second), torch.maximum(first, second)
        parts = split_by_problem(low * size + high, SHARES, rng)
        return {name: self._ask(first[part], second[part]) for name, part in parts.items()}

    def _ask(self, first: Int64[Tensor, " s"], second: Int64[Tensor, " s"]) -> Samples:
        """Every operation on every pair of operands."""
        signs = {"addition": [PLUS], "subtraction": [MINUS], "both": [PLUS, MINUS]}[self.operation]
        rows = torch.cat([self._write(first, second, torch.full_like(first, sign)) for sign in signs])
        return self.writing.samples(rows)

    def _write(
        self, first: Int64[Tensor, " s"], second: Int64[Tensor, " s"], sign: Int64[Tensor, " s"]
    ) -> Int64[Tensor, "s length"]:
        """Questions with their answers, as tokens."""
        a, b = _digits(first, self.digits), _digits(second, self.digits)
        equals = torch.full_like(sign, EQUALS)
        answer = self._calculate(first, second, sign)
        return torch.cat([a, sign.unsqueeze(1), b, equals.unsqueeze(1), answer], 1)

    def _read(
        self, rows: Int64[Tensor, "s n"]
    ) -> tuple[Int64[Tensor, " s"], Int64[Tensor, " s"], Int64[Tensor, " s"]]:
        """Both operands and the sign between them, from the question's tokens."""
        d = self.digits
        places = 10 ** torch.arange(d - 1, -1, -1, device=rows.device)
        return (rows[:, :d] * places).sum(1), (rows[:, d + 1 : 2 * d + 1] * places).sum(1), rows[:, d]

    def _calculate(
        self, first: Int64[Tensor, " s"], second: Int64[Tensor, " s"], sign: Int64[Tensor, " s"]
    ) -> Int64[Tensor, "s answer"]:
        """The answer's tokens, in the order of writing."""
        total, difference = _digits(first + second, self.digits + 1), first - second
        leading = torch.where(difference < 0, MINUS, PLUS).unsqueeze(1)
        signed = torch.cat([leading, _digits(difference.abs(), self.digits)], 1)
        answer = torch.where((sign == PLUS).unsqueeze(1), total, signed)
        return answer.flip(1) if self.reverse else answer


def _digits(numbers: Int64[Tensor, " s"], width: int) -> Int64[Tensor, "s width"]:
    """Decimal digits, the most significant first, zeros in front."""
    places = 10 ** torch.arange(width - 1, -1, -1, device=numbers.device)
    return numbers.unsqueeze(1) // places % 10
