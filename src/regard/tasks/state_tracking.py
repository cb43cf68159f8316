"""Following a state through a sequence of changes: the word problem of a finite group."""

from functools import cached_property
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from regard.core.randomness import generator_of
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.data.draws import draw_sequences, sequences
from regard.data.groups import Group
from regard.data.samples import IGNORED, Samples
from regard.data.splits import split_in_order
from regard.data.task import LookUp, Predict, SplitName, Task
from regard.data.writing import Form

LARGEST = 2**28
"""Tokens in all samples together: 2 GiB."""


@final
class StateTracking(Task):
    """What is the product of all group elements so far?

    Inputs are elements g_1 ... g_n of `group`, uniform and independent; at every place t the target is the
    state y_t = g_1 g_2 ... g_t, and no state is ever fed back. `Z2` is parity. A transformer of fixed depth
    tracks solvable groups such as Z60 by shortcuts, while the non-solvable A5 and S5 need depth that grows
    with the length; recurrent models need one layer. Sources: Merrill et al. 2024, arXiv 2404.08819; Liu et
    al. 2023, arXiv 2210.10749; Grazzi et al. 2025, arXiv 2411.12537.

    Lengths are drawn from `shortest` to `longest`; shorter sequences end in padding, which is not asked
    for. Every sequence is in one split only, so of the few very short ones each split has its share.
    `lengths` are the lengths, all longer than `longest`, of the test sets beyond training. In the `masked`
    form the sequence is read both ways; the targets are the same.

    The score is the share of right states. Details: `sequence` (all states right), `final` (the last one),
    `scaled` (of states, from 0 at chance to 1), `scaled later` (the same of states behind the trained
    length, without those that a longer sequence shares with a trained one).
    """

    metric = "token accuracy"

    def __init__(
        self,
        *,
        group: str = "Z2",
        shortest: int = 2,
        longest: int = 16,
        lengths: tuple[int, ...] = (32, 64, 128),
        samples: int = 20_000,
        held_out: int = 1_000,
        form: Form = "causal",
        data_seed: int = 0,
    ) -> None:
        self.group = Group.named(group)
        self.shortest, self.longest, self.lengths = shortest, longest, tuple(lengths)
        self.samples, self.held_out, self.data_seed = samples, held_out, data_seed
        self._check()
        length, states = max((longest, *self.lengths)), self.group.order
        # one token more for what fills up short sequences
        self.shape = Shape(TokenInput(states + 1, length, form == "causal"), TokenOutput(states))
        self.chance = 1 / states

    @property
    def known_look_up(self) -> LookUp:
        """Right in the first state, and at chance in all others."""
        lengths = (self.split("test").targets != IGNORED).sum(1)
        share = (1 / lengths.double()).mean().item()
        return LookUp(share + (1 - share) * self.chance, "the first state is the first element")

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def beyond(self) -> dict[str, Samples]:
        """For each of `lengths` as many sequences of that length as in the test split."""
        return {f"length {n}": self._of_length(n) for n in self.lengths}

    def identities(self, samples: Samples) -> list[str]:
        rows = samples.inputs.tolist()
        padding = self.group.order
        return [" ".join(str(token) for token in row if token != padding) for row in rows]

    def show(self, samples: Samples, i: int) -> str:
        asked = samples.targets[i] != IGNORED
        given, states = samples.inputs[i][asked].tolist(), samples.targets[i][asked].tolist()
        labels = self.group.labels
        return f"{' '.join(labels[g] for g in given)} -> {' '.join(labels[y] for y in states)}"

    def details(self, predict: Predict, samples: Samples) -> dict[str, Float[Tensor, " b"]]:
        """Whole sequences, last states, and states on a scale on which chance is 0."""
        asked = samples.targets != IGNORED
        right = (predict(*samples.given).argmax(-1) == samples.targets) & asked
        count = asked.sum(1)
        last = right.gather(1, (count - 1).clamp_min(0).unsqueeze(1)).squeeze(1)
        later, right_later = asked[:, self.longest :].sum(1), right[:, self.longest :].sum(1)
        return {
            "sequence": (right.sum(1) == count).float(),
            "final": last.float(),
            "scaled": self._scaled(right.sum(1) / count.clamp_min(1)),
            "scaled later": self._scaled(right_later / later),
        }

    def chances(self) -> dict[str, float]:
        """States are uniform, so that a guesser is right once in as many as there are."""
        lengths = (self.split("test").targets != IGNORED).sum(1)
        return {
            "sequence": (self.chance ** lengths.double()).mean().item(),
            "final": self.chance,
            "scaled": 0.0,
            "scaled later": 0.0,
            **{f"length {n}": self.chance for n in self.lengths},
            **{f"length {n}/sequence": self.chance**n for n in self.lengths},
        }

    def _scaled(self, share: Float[Tensor, " b"]) -> Float[Tensor, " b"]:
        return (share - self.chance) / (1 - self.chance)

    def solve(self, samples: Samples) -> Int64[Tensor, "b n"]:
        """By multiplication."""
        padding = samples.inputs == self.group.order
        states = self.group.prefixes(samples.inputs.masked_fill(padding, 0))
        return states.masked_fill(padding, IGNORED)

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        rng = generator_of(self.data_seed, "state_tracking")
        total = self.samples + 2 * self.held_out
        rows = draw_sequences(self.group.order, (self.shortest, self.longest), total, rng)
        return split_in_order(self._asked(rows), self.samples, self.held_out)

    def _of_length(self, length: int) -> Samples:
        rng = generator_of(self.data_seed, "state_tracking", "length", length)
        return self._asked(torch.randint(self.group.order, (self.held_out, length), generator=rng))

    def _asked(self, rows: Int64[Tensor, "s n"]) -> Samples:
        blank = Samples(rows, torch.full_like(rows, IGNORED))
        return Samples(rows, self.solve(blank))

    def _check(self) -> None:
        """Raise `InvalidOption` for an option out of its range."""
        self.require_between("shortest", self.shortest, 1, self.longest)
        self.require_between("longest", self.longest, 2, 16_384)
        self.require_between("samples", self.samples, 1, 10_000_000)
        self.require_between("held_out", self.held_out, 1, 1_000_000)
        for length in self.lengths:
            self.require(
                self.longest < length <= 2**20,
                f"lengths must be longer than `longest`, which is {self.longest}, and at most "
                f"{2**20:,}, but one is {length:,}.",
            )
        longest, total = max((self.longest, *self.lengths)), self.samples + 2 * self.held_out
        self.require(
            total * self.longest <= LARGEST and self.held_out * longest <= LARGEST,
            f"{total:,} samples of length {self.longest:,}, or {self.held_out:,} of length {longest:,}, are "
            f"more than {LARGEST:,} tokens. Lower `samples`, `held_out` or the lengths.",
        )
        self._check_problems(total)

    def _check_problems(self, total: int) -> None:
        """Raise unless there are enough different sequences."""
        problems = sequences(self.group.order, (self.shortest, self.longest))
        self.require(
            problems >= 2 * total,
            f"{self.group.name} has about {problems:,} sequences of up to {self.longest} elements, too few "
            f"for {total:,} different samples. Raise `longest`, or lower `samples` or `held_out`.",
        )
