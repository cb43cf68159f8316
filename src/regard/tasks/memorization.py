"""Facts that are learned by heart: no sequence tells them."""

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
class Memorization(Task):
    """Which value belongs to this key, as always?

    One dictionary, drawn from `data_seed`, gives each of `keys` keys one of `values` values, every value as
    often as another as far as that goes. A sequence has keys at the even places, each followed by a slot
    whose target is the key's value. The facts are those of training, for nothing else could be asked: the
    sequences are different ones. What mixes tokens is of little use here; it shows how much a model's other
    parts, or the mechanism's own parameters, can hold. Training must have room to ask for every key some 20
    times. Source: Poli et al. 2024 (MAD), arXiv 2403.17844, where 127 keys have 127 different values
    (`recipe=mad`). The masked form reads both ways.
    """

    metric = "accuracy"
    known_look_up = LookUp(1.0, "the task is to look up one token")

    def __init__(
        self,
        *,
        keys: int = 256,
        values: int = 64,
        length: int = 32,
        samples: int = 2_000,
        held_out: int = 500,
        form: Form = "causal",
        data_seed: int = 0,
    ) -> None:
        self.require_between("keys", keys, 4, 100_000)
        self.require_between("values", values, 2, 100_000)
        self.require_between("length", length, 4, 16_384)
        self.require(length % 2 == 0, f"length must be even, a slot for each key, but is {length}.")
        self.require_between("samples", samples, 1, 1_000_000)
        self.require_between("held_out", held_out, 1, 1_000_000)
        total = samples + 2 * held_out
        self.require(
            total * length <= LARGEST,
            f"{total:,} samples of length {length:,} are more than {LARGEST:,} tokens. Lower `samples`.",
        )
        self.require(
            samples * length >= 40 * keys,
            f"{samples:,} samples of length {length} ask for {keys:,} keys fewer than 20 times each, so that "
            f"some facts might never be told. Raise `samples` or `length`, or lower `keys`.",
        )
        problems = min(2**62, keys ** (length // 2))
        self.require(
            problems >= 2 * total,
            f"{keys} keys at {length // 2} places make {problems:,} sequences, too few for {total:,} "
            f"different samples. Raise `keys` or `length`, or lower `samples`.",
        )
        self.keys, self.values, self.length = keys, values, length
        self.samples, self.held_out, self.data_seed = samples, held_out, data_seed
        self.slot = keys
        self.shape = Shape(TokenInput(keys + 1, length, form == "causal"), TokenOutput(values))

    @cached_property
    def chance(self) -> float:
        return self._dictionary.bincount().max().item() / self.keys

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def identities(self, samples: Samples) -> list[str]:
        return [" ".join(map(str, row)) for row in samples.inputs[:, ::2].tolist()]

    def show(self, samples: Samples, i: int) -> str:
        pairs = zip(samples.inputs[i, ::2].tolist(), samples.targets[i, 1::2].tolist(), strict=True)
        return " ".join(f"{key}:{value}" for key, value in pairs)

    def solve(self, samples: Samples) -> Int64[Tensor, "b n"]:
        """By the dictionary."""
        targets = torch.full_like(samples.inputs, IGNORED)
        targets[:, 1::2] = self._dictionary[samples.inputs[:, ::2]]
        return targets

    @cached_property
    def _dictionary(self) -> Int64[Tensor, " keys"]:
        rng = generator_of(self.data_seed, "memorization", "facts")
        order = torch.randperm(max(self.keys, self.values), generator=rng)
        return order[: self.keys] % self.values

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        rng = generator_of(self.data_seed, "memorization")
        total = self.samples + 2 * self.held_out
        rows = draw_until_different(lambda: self._draw(total, rng), total)
        samples = Samples(rows, self.solve(Samples(rows, rows)))
        return split_in_order(samples, self.samples, self.held_out)

    def _draw(self, count: int, rng: torch.Generator) -> Int64[Tensor, "s n"]:
        rows = torch.full((count, self.length), self.slot)
        rows[:, ::2] = torch.randint(self.keys, (count, self.length // 2), generator=rng)
        return rows
