"""What followed the sign when it stood here before?"""

from functools import cached_property
from typing import final

import torch
from jaxtyping import Int64
from torch import Tensor

from regard.core.randomness import generator_of
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.data.draws import draw_until_different
from regard.data.samples import IGNORED, Samples
from regard.data.splits import split_in_order
from regard.data.task import LookUp, SplitName, Task
from regard.data.writing import Form

LARGEST = 2**28
"""Tokens in all samples together: 2 GiB."""


@final
class Induction(Task):
    """Give the token that followed the sign: `b a ! d c a !` is `d`.

    Random tokens with one sign among them, and the sign again at the end, where alone an answer is asked
    for. One layer that looks one place back and one that looks for equal tokens solve it (the induction
    heads of Olsson et al. 2022, arXiv 2209.11895). Source of the form: Fu et al. 2023, arXiv 2212.14052,
    section 3.1. `lengths` are those of the test sets beyond training.
    """

    metric = "accuracy"

    def __init__(
        self,
        *,
        vocabulary: int = 16,
        length: int = 32,
        lengths: tuple[int, ...] = (64, 128),
        samples: int = 10_000,
        held_out: int = 1_000,
        form: Form = "causal",
        data_seed: int = 0,
    ) -> None:
        self.require_between("vocabulary", vocabulary, 2, 65_536)
        self.require_between("length", length, 16, 65_536)
        self.require_between("samples", samples, 1, 1_000_000)
        self.require_between("held_out", held_out, 1, 1_000_000)
        for longer in lengths:
            self.require(
                length < longer <= 2**20,
                f"lengths must be above `length`, which is {length}, and at most {2**20:,}, but one is "
                f"{longer:,}.",
            )
        self.require(
            samples * length <= LARGEST and held_out * max((length, *lengths)) <= LARGEST,
            f"the samples have more than {LARGEST:,} tokens. Lower `samples`, `held_out` or the lengths.",
        )
        problems = min(2**62, vocabulary ** (length - 2) * (length - 2))
        total = samples + 2 * held_out
        self.require(
            problems >= 2 * total,
            f"{vocabulary} tokens and a length of {length} make {problems:,} problems, too few for {total:,} "
            f"different samples. Raise `vocabulary` or `length`, or lower `samples`.",
        )
        self.vocabulary, self.length, self.lengths = vocabulary, length, tuple(lengths)
        self.samples, self.held_out, self.data_seed = samples, held_out, data_seed
        self.sign = vocabulary
        self.shape = Shape(
            TokenInput(vocabulary + 1, max((length, *lengths)), form == "causal"), TokenOutput(vocabulary)
        )
        self.chance = 1 / vocabulary

    @property
    def known_look_up(self) -> LookUp:
        """Signs are as likely at one place as at another."""
        share = 1 / (self.length - 2)
        return LookUp(share + (1 - share) * self.chance, "some samples have their sign at any one distance")

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def beyond(self) -> dict[str, Samples]:
        """Longer sequences, as many of each length as in the test split."""
        return {
            f"length {n}": self._asked(
                n, self.held_out, generator_of(self.data_seed, "induction", "length", n)
            )
            for n in self.lengths
        }

    def chances(self) -> dict[str, float]:
        """Tokens are uniform at every length."""
        return {f"length {n}": self.chance for n in self.lengths}

    def identities(self, samples: Samples) -> list[str]:
        return [" ".join(map(str, row)) for row in samples.inputs.tolist()]

    def show(self, samples: Samples, i: int) -> str:
        tokens = ["!" if token == self.sign else str(token) for token in samples.inputs[i].tolist()]
        return f"{' '.join(tokens)} -> {samples.targets[i, -1]}"

    def solve(self, samples: Samples) -> Int64[Tensor, "b n"]:
        """The token behind the first sign."""
        place = (samples.inputs == self.sign).long().argmax(1, keepdim=True)
        targets = torch.full_like(samples.inputs, IGNORED)
        targets[:, -1:] = samples.inputs.gather(1, place + 1)
        return targets

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        rng = generator_of(self.data_seed, "induction")
        total = self.samples + 2 * self.held_out
        rows = draw_until_different(lambda: self._draw(self.length, total, rng), total)
        samples = Samples(rows, self.solve(Samples(rows, rows)))
        return split_in_order(samples, self.samples, self.held_out)

    def _draw(self, length: int, count: int, rng: torch.Generator) -> Int64[Tensor, "s n"]:
        rows = torch.randint(self.vocabulary, (count, length), generator=rng)
        place = torch.randint(length - 2, (count, 1), generator=rng)
        rows.scatter_(1, place, self.sign)
        rows[:, -1] = self.sign
        return rows

    def _asked(self, length: int, count: int, rng: torch.Generator) -> Samples:
        rows = self._draw(length, count, rng)
        return Samples(rows, self.solve(Samples(rows, rows)))
