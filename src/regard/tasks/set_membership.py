"""Is it one of them?"""

import math
from functools import cached_property
from typing import final

import torch
from jaxtyping import Int64
from torch import Tensor

from regard.core.randomness import generator_of
from regard.core.shapes import ClassOutput, Shape, TokenInput
from regard.data.draws import draw_distinct, draw_until_different
from regard.data.samples import Samples
from regard.data.splits import split_in_order
from regard.data.task import SplitName, Task
from regard.data.writing import Form

LARGEST = 2**27
"""Tokens in all samples together: 1 GiB."""
HELD_OUT_SHARE = 0.125
"""Of the elements: they are in sets, but no training sample asks for them."""


@final
class SetMembership(Task):
    """Is the last element one of those before the separator: `7 3 12 | 3`?

    `size` different ones of all `elements` in random order, a separator, and the query, which is one of them
    in every second sample. Sets are drawn before it is decided whether the query is inside or outside, so
    that neither set nor query alone says anything. A head that compares the query with every element solves
    it. Test sets beyond training: `sets of N`, for `sizes`; and `elements never asked for`: the last eighth
    of the elements occurs in training sets but never as a training query, so what is learned about queries
    must carry over. In the `causal` form the sequence is read left to right: set model.pool=mean.
    """

    metric = "accuracy"
    chance = 0.5
    labels = ("absent", "present")

    def __init__(
        self,
        *,
        elements: int = 64,
        size: int = 8,
        sizes: tuple[int, ...] = (16, 24),
        samples: int = 20_000,
        held_out: int = 1_000,
        form: Form = "masked",
        data_seed: int = 0,
    ) -> None:
        self.require_between("elements", elements, 16, 65_536)
        self.require_between("samples", samples, 2, 1_000_000)
        self.require_between("held_out", held_out, 2, 1_000_000)
        self.require_between("size", size, 1, elements // 2)
        for larger in sizes:
            self.require(
                size < larger <= elements // 2,
                f"sizes must be above `size`, which is {size}, and at most half of the {elements} elements, "
                f"but one is {larger}.",
            )
        total = samples + 2 * held_out
        self.require(
            total * max((size, *sizes)) <= LARGEST and total * elements <= 8 * LARGEST,
            f"{total:,} samples of {elements:,} elements are too many. Lower `samples` or `elements`.",
        )
        problems = math.perm(elements, size)
        self.require(
            problems >= 2 * total,
            f"{elements} elements make {problems:,} sequences of {size}, too few for {total:,} different "
            f"samples. Raise `size` or `elements`, or lower `samples`.",
        )
        self.elements, self.size, self.sizes = elements, size, tuple(sizes)
        self.samples, self.held_out, self.data_seed = samples, held_out, data_seed
        self.separator = elements
        self.asked_for = elements - math.ceil(HELD_OUT_SHARE * elements)
        length = max((size, *sizes)) + 2
        self.shape = Shape(TokenInput(elements + 1, length, form == "causal"), ClassOutput(2))

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def beyond(self) -> dict[str, Samples]:
        """Larger sets, and queries that no training sample has."""
        larger = {f"sets of {n}": self._samples(n, (0, self.asked_for), f"size {n}") for n in self.sizes}
        unasked = self._samples(self.size, (self.asked_for, self.elements), "unasked")
        return larger | {"elements never asked for": unasked}

    def chances(self) -> dict[str, float]:
        """In every set every second query is present."""
        return dict.fromkeys(self.beyond(), self.chance)

    def identities(self, samples: Samples) -> list[str]:
        return [f"{sorted(row[:-2])} {row[-1]}" for row in samples.inputs.tolist()]

    def show(self, samples: Samples, i: int) -> str:
        *members, _, query = samples.inputs[i].tolist()
        return f"{' '.join(map(str, members))} | {query} -> {self.labels[int(samples.targets[i])]}"

    def solve(self, samples: Samples) -> Int64[Tensor, " b"]:
        """By looking for it."""
        return (samples.inputs[:, :-2] == samples.inputs[:, -1:]).any(1).long()

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        rng = generator_of(self.data_seed, "set_membership")
        total = self.samples + 2 * self.held_out
        rows = self._draw_until_different(self.size, (0, self.asked_for), total, rng)
        return split_in_order(self._classed(rows), self.samples, self.held_out)

    def _samples(self, size: int, queries: tuple[int, int], name: str) -> Samples:
        rng = generator_of(self.data_seed, "set_membership", name)
        return self._classed(self._draw(size, queries, self.held_out, rng))

    def _classed(self, rows: Int64[Tensor, "s n"]) -> Samples:
        return Samples(rows, self.solve(Samples(rows, rows[:, 0])))

    def _draw_until_different(
        self, size: int, queries: tuple[int, int], count: int, rng: torch.Generator
    ) -> Int64[Tensor, "s n"]:
        """Rows no two of which are the same set with the same query."""

        def draw() -> Int64[Tensor, "s n"]:
            rows = self._draw(size, queries, count, rng)
            rows[:, :size] = rows[:, :size].sort(1).values
            return rows

        rows = draw_until_different(draw, count)
        order = torch.rand(count, size, generator=rng).argsort(1)
        rows[:, :size] = rows[:, :size].gather(1, order)
        return rows

    def _draw(
        self, size: int, queries: tuple[int, int], count: int, rng: torch.Generator
    ) -> Int64[Tensor, "s n"]:
        """Sets that have one and lack another of two elements from `queries`; in every second row the one
        that it has is the query, in the others the one that it lacks."""
        low, high = queries
        two = low + draw_distinct(high - low, count, 2, rng)
        inside, outside = two[:, :1], two[:, 1:]
        # elements in random order without these two
        drawn = torch.rand(count, self.elements, generator=rng)
        others = drawn.scatter(1, two, 2.0).argsort(1)
        members = torch.cat([inside, others[:, : size - 1]], 1)
        members = members.gather(1, torch.rand(members.shape, generator=rng).argsort(1))
        present = (torch.arange(count) % 2 == 0).unsqueeze(1)
        query = torch.where(present, inside, outside)
        return torch.cat([members, torch.full((count, 1), self.separator), query], 1)
