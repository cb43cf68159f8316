"""A whole sequence in one vector."""

from functools import cached_property
from typing import final

import torch
from jaxtyping import Int64
from torch import Tensor

from regard.core.randomness import generator_of
from regard.core.shapes import BottleneckOutput, Shape, TokenInput
from regard.data.draws import draw_until_different
from regard.data.samples import IGNORED, Samples
from regard.data.splits import split_in_order
from regard.data.task import LookUp, SplitName, Task
from regard.data.writing import Form

LARGEST = 2**28
"""Tokens in all samples together: 2 GiB."""


@final
class Compression(Task):
    """Write every token of the sequence from the vector at its last place alone.

    Random tokens and, at the end, a token that says: compress. From its vector, and from no other, the
    model's readout must tell each token by its place. After Poli et al. 2024 (MAD), arXiv 2403.17844, whose
    decoder is an MLP of two hidden layers with fixed encodings of places; ours has one, and learns them. The
    masked form reads both ways: in deeper layers the last place then reads vectors that know what follows
    them.
    """

    metric = "accuracy"
    known_look_up = LookUp(1.0, "the task is to give each token back")

    def __init__(
        self,
        *,
        vocabulary: int = 16,
        length: int = 32,
        samples: int = 12_800,
        held_out: int = 1_280,
        form: Form = "causal",
        data_seed: int = 0,
    ) -> None:
        self.require_between("vocabulary", vocabulary, 2, 65_536)
        self.require_between("length", length, 4, 16_384)
        self.require_between("samples", samples, 1, 1_000_000)
        self.require_between("held_out", held_out, 1, 1_000_000)
        total = samples + 2 * held_out
        self.require(
            total * length <= LARGEST,
            f"{total:,} samples of length {length:,} are more than {LARGEST:,} tokens. Lower `samples`.",
        )
        problems = min(2**62, vocabulary ** (length - 1))
        self.require(
            problems >= 2 * total,
            f"{vocabulary} tokens at {length - 1} places make {problems:,} sequences, too few for {total:,} "
            f"different samples. Raise `vocabulary` or `length`, or lower `samples`.",
        )
        self.vocabulary, self.length = vocabulary, length
        self.samples, self.held_out, self.data_seed = samples, held_out, data_seed
        self.sign = vocabulary
        self.shape = Shape(
            TokenInput(vocabulary + 1, length, form == "causal"), BottleneckOutput(vocabulary, length)
        )
        self.chance = 1 / vocabulary

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def identities(self, samples: Samples) -> list[str]:
        return [" ".join(map(str, row)) for row in samples.inputs[:, :-1].tolist()]

    def show(self, samples: Samples, i: int) -> str:
        answer = " ".join(map(str, samples.targets[i, :-1].tolist()))
        return f"{self.identities(samples[i : i + 1])[0]} -> {answer}"

    def solve(self, samples: Samples) -> Int64[Tensor, "b n"]:
        """The tokens themselves."""
        targets = samples.inputs.clone()
        targets[:, -1] = IGNORED
        return targets

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        rng = generator_of(self.data_seed, "compression")
        total = self.samples + 2 * self.held_out
        rows = draw_until_different(lambda: self._draw(total, rng), total)
        samples = Samples(rows, self.solve(Samples(rows, rows)))
        return split_in_order(samples, self.samples, self.held_out)

    def _draw(self, count: int, rng: torch.Generator) -> Int64[Tensor, "s n"]:
        rows = torch.randint(self.vocabulary, (count, self.length), generator=rng)
        rows[:, -1] = self.sign
        return rows
