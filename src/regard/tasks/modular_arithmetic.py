"""Addition and subtraction modulo a number: learned by heart first, understood much later."""

import re
from functools import cached_property
from typing import Literal, final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from regard.core.randomness import generator_of
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.data.question import Question
from regard.data.samples import Samples
from regard.data.splits import split_by_problem
from regard.data.task import Predict, SplitName, Task
from regard.data.writing import Form, Writing

VALIDATION = 0.1
"""Share of all pairs that validate; what is left beside training tests."""


@final
class ModularArithmetic(Task):
    """What is a + b modulo p?

    `operation` is what stands for +, and `modulus` is p. All p² pairs of residues, `a b =`, each residue a
    token; the answer is one token, written after the equals sign or, in the `masked` form, filled in behind
    it. `share` of the pairs train, 10 % validate and the rest tests. Trained on all its pairs at a time and
    with strong weight decay, a transformer knows them by heart long before it generalizes (grokking).

    Source: Power et al. 2022, arXiv 2201.02177; with p = 113 and 30 % of the pairs Nanda et al. 2023,
    arXiv 2301.05217. Unlike there, a + b and b + a are one problem and lie in one split.
    """

    metric = "accuracy"

    def __init__(
        self,
        *,
        modulus: int = 113,
        operation: Literal["addition", "subtraction"] = "addition",
        share: float = 0.3,
        form: Form = "causal",
        data_seed: int = 0,
    ) -> None:
        self.require_between("modulus", modulus, 7, 1000)
        self.require(
            0.05 <= share <= 0.8,
            f"share must lie between 0.05 and 0.8, so that pairs are left for validation and test, "
            f"but is {share}.",
        )
        self.modulus, self.operation, self.share = modulus, operation, share
        self.data_seed = data_seed
        self.equals, slot = modulus, modulus + 1
        self.writing = Writing(3, 1, form, slot)
        vocabulary = modulus + 2
        self.shape = Shape(
            TokenInput(vocabulary, self.writing.length, form == "causal"), TokenOutput(vocabulary)
        )
        self.chance = 1 / modulus

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def identities(self, samples: Samples) -> list[str]:
        pairs = samples.inputs[:, :2]
        if self.operation == "addition":
            pairs = pairs.sort(1).values
        return [f"{first} {second}" for first, second in pairs.tolist()]

    def show(self, samples: Samples, i: int) -> str:
        first, second = samples.inputs[i, :2].tolist()
        sign = "+" if self.operation == "addition" else "-"
        answer = self.writing.answers(samples)[i].item()
        return f"{first} {sign} {second} = {answer} (mod {self.modulus})"

    def encode(self, text: str) -> Question:
        """`37+45=`; the equals sign may be left out."""
        sign = "+" if self.operation == "addition" else "-"
        found = re.fullmatch(rf"(\d+)\s*[{sign}]\s*(\d+)\s*=?", text.strip(), re.ASCII)
        residues = [int(found[1]), int(found[2])] if found else []
        self.require(
            bool(residues) and max(residues) < self.modulus,
            f"'{text}' is no question of this task. Ask for two numbers below {self.modulus} with {sign} "
            f"between them.",
        )
        return self.writing.ask(torch.tensor([*residues, self.equals]))

    def score(self, predict: Predict, samples: Samples) -> Float[Tensor, " b"]:
        return self.writing.score(predict, samples)

    def solve(self, samples: Samples) -> Int64[Tensor, "b n"]:
        """By calculation."""
        answers = self._calculate(samples.inputs[:, 0], samples.inputs[:, 1])
        return self.writing.targets(answers.unsqueeze(1))

    def fed_back(self, samples: Samples) -> Bool[Tensor, "b n"] | None:
        """Nothing: an answer is one token, after which there is no other."""
        return None

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        first, second = torch.cartesian_prod(torch.arange(self.modulus), torch.arange(self.modulus)).T
        rows = torch.stack(
            [first, second, torch.full_like(first, self.equals), self._calculate(first, second)], 1
        )
        shares = (self.share, VALIDATION, 1 - self.share - VALIDATION)
        parts = split_by_problem(
            self._problems(first, second), shares, generator_of(self.data_seed, "modular_arithmetic")
        )
        return {name: self.writing.samples(rows[part]) for name, part in parts.items()}

    def _problems(self, first: Int64[Tensor, " s"], second: Int64[Tensor, " s"]) -> Int64[Tensor, " s"]:
        if self.operation == "subtraction":
            return first * self.modulus + second
        return torch.minimum(first, second) * self.modulus + torch.maximum(first, second)

    def _calculate(self, first: Int64[Tensor, " s"], second: Int64[Tensor, " s"]) -> Int64[Tensor, " s"]:
        """The residue; torch's remainder is never negative for a positive modulus."""
        return (first + second if self.operation == "addition" else first - second) % self.modulus
