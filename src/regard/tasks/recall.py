"""Multi-query associative recall: pairs are read once, then asked for."""

import math
from functools import cached_property
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from regard.core.randomness import generator_of
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.data.draws import draw_distinct, draw_weighted, past
from regard.data.samples import IGNORED, Samples
from regard.data.splits import first_of_each, split_in_order
from regard.data.task import LookUp, SplitName, Task
from regard.data.writing import Form

LARGEST = 2**28
"""Tokens in all samples together: 2 GiB."""
LARGEST_VOCABULARY = 2**20


@final
class Recall(Task):
    """Which value stood beside this key?

    A sequence begins with `pairs` of a key and its value. Later, among random tokens, each key comes
    once more, and there its value is to be given; everywhere else the target is ignored.

    Source: MQAR of Arora et al. 2023 (Zoology), arXiv 2312.04927. Keys are the lower half of the
    vocabulary, values the upper half. Queries stand at even distances from the pairs, nearer ones more
    often: the x-th such place has weight x^(power - 1), so that a `power` of 1 is uniform. Unlike there,
    no random token repeats a key of its sequence. With Zoology's 8,192 tokens that hardly happens, but
    with fewer the same token would be a question here and none there.

    The default vocabulary is 256 for the CPU's sake: logits are (b, length, vocabulary), and with 8,192
    tokens they are nearly all of the work. Every sample is another problem, that is, another set of
    pairs: `samples` of them for training, and `held_out` each for validation and test. Nothing is fed
    back, so the causal form and the masked form, which reads both ways, have the same inputs.
    """

    metric = "accuracy"

    def __init__(
        self,
        *,
        vocabulary: int = 256,
        pairs: int = 4,
        length: int = 64,
        power: float = 0.01,
        samples: int = 20_000,
        held_out: int = 1_000,
        form: Form = "causal",
        data_seed: int = 0,
    ) -> None:
        self.vocabulary, self.pairs, self.length, self.power = vocabulary, pairs, length, power
        self.samples, self.held_out, self.data_seed = samples, held_out, data_seed
        self._check()
        self.shape = Shape(TokenInput(vocabulary, length, form == "causal"), TokenOutput(vocabulary))
        self.chance = 1 / self._values

    @property
    def _keys(self) -> int:
        return self.vocabulary // 2

    @property
    def _values(self) -> int:
        return self.vocabulary - self._keys

    @property
    def known_look_up(self) -> LookUp:
        """As if the places of a sample's queries were drawn independently of one another."""
        weights = self._nearness / self._nearness.sum()
        # at one distance the j-th key from the last stands at the j-th place from some place on
        share = weights.unfold(0, self.pairs, 1).sum(1).max().item() / self.pairs
        return LookUp(share + (1 - share) * self.chance, "queries stand near the pairs more often than far")

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def identities(self, samples: Samples) -> list[str]:
        pairs = samples.inputs[:, : 2 * self.pairs].view(-1, self.pairs, 2).tolist()
        return [" ".join(f"{key}:{value}" for key, value in sorted(row)) for row in pairs]

    def show(self, samples: Samples, i: int) -> str:
        given = samples.inputs[i, : 2 * self.pairs].view(self.pairs, 2).tolist()
        asked = (samples.targets[i] != IGNORED).nonzero().flatten().tolist()
        questions = [
            f"{samples.inputs[i, place]} at {place} is {samples.targets[i, place]}" for place in asked
        ]
        return f"{' '.join(f'{key}:{value}' for key, value in given)}; {', '.join(questions)}"

    def solve(self, samples: Samples) -> Int64[Tensor, "b n"]:
        """Wherever a key of the pairs comes again, its value."""
        context = 2 * self.pairs
        later = samples.inputs[:, context:]
        targets = torch.full_like(samples.inputs, IGNORED)
        for j in range(0, context, 2):
            key, value = samples.inputs[:, j, None], samples.inputs[:, j + 1, None]
            targets[:, context:] = torch.where(later == key, value, targets[:, context:])
        return targets

    @property
    def _nearness(self) -> Float[Tensor, " places"]:
        """The weight of each place where a query can stand."""
        places = torch.arange(1, (self.length - 2 * self.pairs) // 2 + 1, dtype=torch.float64)
        return places ** (self.power - 1)

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        rng = generator_of(self.data_seed, "recall")
        keys, values = self._draw_problems(self.samples + 2 * self.held_out, rng)
        return split_in_order(self._ask(keys, values, rng), self.samples, self.held_out)

    def _draw_problems(
        self, count: int, rng: torch.Generator
    ) -> tuple[Int64[Tensor, "s pairs"], Int64[Tensor, "s pairs"]]:
        """Keys and values of `count` different sets of pairs."""
        keys = torch.empty(0, self.pairs, dtype=torch.int64)
        values = keys
        while len(keys) < count:
            keys = torch.cat([keys, draw_distinct(self._keys, count, self.pairs, rng)])
            drawn = self._keys + draw_distinct(self._values, count, self.pairs, rng)
            values = torch.cat([values, drawn])
            sets = (keys * self.vocabulary + values).sort(1).values
            first = first_of_each(torch.unique(sets, dim=0, return_inverse=True)[1])
            keys, values = keys[first], values[first]
        return keys[:count], values[:count]

    def _ask(
        self, keys: Int64[Tensor, "s pairs"], values: Int64[Tensor, "s pairs"], rng: torch.Generator
    ) -> Samples:
        """Sequences that begin with the pairs and ask for each once."""
        context = 2 * self.pairs
        places = context + 2 * draw_weighted(self._nearness, len(keys), self.pairs, rng)
        inputs = self._fill(keys, rng)
        inputs[:, 0:context:2], inputs[:, 1:context:2] = keys, values
        inputs.scatter_(1, places, keys)
        targets = torch.full_like(inputs, IGNORED).scatter_(1, places, values)
        return Samples(inputs, targets)

    def _fill(self, keys: Int64[Tensor, "s pairs"], rng: torch.Generator) -> Int64[Tensor, "s n"]:
        """Random tokens, none of them a key of its sequence."""
        tokens = torch.randint(self.vocabulary - self.pairs, (len(keys), self.length), generator=rng)
        return past(tokens, keys)

    def _check(self) -> None:
        """Raise `InvalidOption` for an option out of its range."""
        for option in ("pairs", "samples", "held_out"):
            value = getattr(self, option)
            self.require(value >= 1, f"{option} must be at least 1, but is {value}.")
        self.require(0 < self.power <= 10, f"power must lie above 0 and up to 10, but is {self.power}.")
        self.require(
            self.vocabulary <= LARGEST_VOCABULARY,
            f"vocabulary must be at most {LARGEST_VOCABULARY:,}, but is {self.vocabulary:,}.",
        )
        self._check_room()
        self._check_problems()

    def _check_room(self) -> None:
        """Raise unless pairs and questions fit into the length, and all samples into memory."""
        p, total = self.pairs, self.samples + 2 * self.held_out
        self.require(
            self.length >= 4 * p,
            f"{p} pairs need at least {4 * p} tokens, half of them for questions, "
            f"but length is {self.length}. Lower `pairs` or raise `length`.",
        )
        self.require(
            total * self.length <= LARGEST,
            f"{total:,} samples of length {self.length:,} are more than {LARGEST:,} tokens. "
            f"Lower `samples` or `length`.",
        )

    def _check_problems(self) -> None:
        """Raise unless the vocabulary has enough different pairs for a sample, and for all of them."""
        p, total = self.pairs, self.samples + 2 * self.held_out
        self.require(
            self.vocabulary >= 2 * p,
            f"{p} pairs need a vocabulary of at least {2 * p}, half keys and half values, "
            f"but it is {self.vocabulary}. Lower `pairs` or raise `vocabulary`.",
        )
        problems = math.comb(self._keys, p) * math.perm(self._values, p)
        # twice as many, so that drawing until all are different ends soon
        self.require(
            problems >= 2 * total,
            f"{p} pairs from a vocabulary of {self.vocabulary} make {problems:,} problems, too few for "
            f"{total:,} different samples. Raise `vocabulary`, or lower `samples` or `held_out`.",
        )
