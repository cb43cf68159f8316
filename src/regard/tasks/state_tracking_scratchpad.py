"""Following a state through a sequence of changes, with every state written down."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from regard.core.randomness import generator_of
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.data.draws import draw_sequences, sequences
from regard.data.groups import Group
from regard.data.guessing import favorite_share
from regard.data.question import Question
from regard.data.samples import IGNORED, Samples
from regard.data.splits import split_in_order
from regard.data.task import LookUp, Predict, SplitName, Task
from regard.data.writing import Form, Writing

LONGEST = 4096
BETWEEN = re.compile(r"\s+(?![^()]*\))")
"""The spaces between elements; those inside parentheses belong to a cycle."""


@final
class StateTrackingScratchpad(Task):
    """Write the product of all group elements so far, element by element.

    The question is a sequence g_1 ... g_n of elements of `group`, uniform and independent; the answer is all
    the states y_t = g_1 g_2 ... g_t and a token that ends it. Each state that is written is read back, so
    that the next one is a single product, y_(t-1) g_t: a transformer of fixed depth can follow every group
    so, while in one pass (`state_tracking`) it cannot. `Z2` is parity with a scratchpad. Sources: Nye et al.
    2021, arXiv 2112.00114; Merrill & Sabharwal 2024, arXiv 2310.07923; Kim & Suzuki 2025, arXiv 2410.08633.

    Lengths are drawn from `shortest` to `longest`; shorter questions are filled up behind, so that every
    element stands at the same distance before its state. Every sequence is in one split only. `lengths` are
    the lengths, all longer than `longest`, of the test sets beyond training. In the `masked` form all states
    are filled in at once, and none is read back.

    The score is the share of answers that are right as a whole, as the model writes them on its own. Detail:
    `final`, whether the last state that it writes is that of the whole sequence.
    """

    metric = "exact match"

    def __init__(
        self,
        *,
        group: str = "Z2",
        shortest: int = 2,
        longest: int = 16,
        lengths: tuple[int, ...] = (32, 64),
        samples: int = 20_000,
        held_out: int = 1_000,
        form: Form = "causal",
        data_seed: int = 0,
    ) -> None:
        self.group = Group.named(group)
        self.shortest, self.longest, self.lengths = shortest, longest, tuple(lengths)
        self.samples, self.held_out, self.form, self.data_seed = samples, held_out, form, data_seed
        self.padding, self.separator, self.end, self.slot = range(self.group.order, self.group.order + 4)
        self._check()
        size = self.group.order + 4
        length = self.writing(max((longest, *self.lengths))).length
        self.shape = Shape(TokenInput(size, length, form == "causal"), TokenOutput(size))

    @cached_property
    def chance(self) -> float:
        return favorite_share(self.split("train"), self.split("test"))

    @property
    def known_look_up(self) -> LookUp:
        """Right in the first state and in where the answer ends, and at chance in all other states."""
        states = (self.split("test").targets != IGNORED).sum(1) - 1
        score = (1 / self.group.order ** (states - 1).double()).mean().item()
        return LookUp(score, "the first state is the first element")

    def writing(self, longest: int) -> Writing:
        """The form of rows whose questions have up to so many elements."""
        return Writing(longest + 1, longest + 1, self.form, self.slot, self.padding, self.end)

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def beyond(self) -> dict[str, Samples]:
        """For each of `lengths` as many sequences of that length as in the test split."""
        return {f"length {n}": self._of_length(n) for n in self.lengths}

    def chances(self) -> dict[str, float]:
        """States are uniform, and no longer answer was ever seen."""
        return {"final": 1 / self.group.order, **{f"length {n}": 0.0 for n in self.lengths}}

    def identities(self, samples: Samples) -> list[str]:
        rows = self._writing_of(samples).given(samples)[:, :-1].tolist()
        return [" ".join(str(token) for token in row if token != self.padding) for row in rows]

    def show(self, samples: Samples, i: int) -> str:
        writing = self._writing_of(samples)
        given, answer = writing.given(samples)[i, :-1], writing.answers(samples)[i]
        order = self.group.order
        return f"{self.text(given[given < order])} -> {self.text(answer[(answer >= 0) & (answer < order)])}"

    def text(self, tokens: Int64[Tensor, " n"]) -> str:
        return " ".join(self._names[token] for token in tokens.tolist())

    def encode(self, text: str) -> Question:
        """`1 0 1 1`, or `(1 2) (1 2 3)`. More elements than in training are asked without filling up."""
        longest = max((self.longest, *self.lengths))
        labels = [label for label in BETWEEN.split(text.strip()) if label]
        for label in labels:
            self.require(
                label in self.group.labels,
                f"'{label}' is no element of {self.group.name}. Write elements such as "
                f"{' '.join(self.group.labels[:3])} with spaces between them.",
            )
        self.require(0 < len(labels) <= longest, f"give 1 to {longest} elements, not {len(labels)}.")
        elements = [self.group.labels.index(label) for label in labels]
        field = max(len(elements), self.longest)
        row = [*elements, *[self.padding] * (field - len(elements)), self.separator]
        return self.writing(field).ask(torch.tensor(row))

    def score(self, predict: Predict, samples: Samples) -> Float[Tensor, " b"]:
        return self._writing_of(samples).score(predict, samples)

    def details(self, predict: Predict, samples: Samples) -> dict[str, Float[Tensor, " b"]]:
        """Last states: those before the end of what is written and of the right answer."""
        writing = self._writing_of(samples)
        said, right = writing.written(predict, samples), writing.answers(samples)
        return {"final": (self._last_states(said) == self._last_states(right)).float()}

    def fed_back(self, samples: Samples) -> Bool[Tensor, "b n"] | None:
        return self._writing_of(samples).fed_back(samples)

    def solve(self, samples: Samples) -> Int64[Tensor, "b n"]:
        """By multiplication."""
        writing = self._writing_of(samples)
        return writing.targets(self._answers(writing.given(samples)[:, :-1]))

    @cached_property
    def _names(self) -> Mapping[int, str]:
        signs = {self.padding: "padding", self.separator: "->", self.end: "end", self.slot: "slot"}
        return dict(enumerate(self.group.labels)) | signs

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        rng = generator_of(self.data_seed, "state_tracking_scratchpad")
        total = self.samples + 2 * self.held_out
        rows = draw_sequences(self.group.order, (self.shortest, self.longest), total, rng)
        return split_in_order(self._asked(rows), self.samples, self.held_out)

    def _of_length(self, length: int) -> Samples:
        rng = generator_of(self.data_seed, "state_tracking_scratchpad", "length", length)
        return self._asked(torch.randint(self.group.order, (self.held_out, length), generator=rng))

    def _asked(self, rows: Int64[Tensor, "s n"]) -> Samples:
        """Questions, separators and answers."""
        separators = torch.full_like(rows[:, :1], self.separator)
        return self.writing(rows.shape[1]).samples(torch.cat([rows, separators, self._answers(rows)], 1))

    def _answers(self, rows: Int64[Tensor, "s n"]) -> Int64[Tensor, "s m"]:
        """All states, then the token that ends them, then padding."""
        behind = rows == self.padding
        states = self.group.prefixes(rows.masked_fill(behind, 0)).masked_fill(behind, self.padding)
        ends = torch.full_like(rows[:, :1], self.padding)
        return torch.cat([states, ends], 1).scatter(1, (~behind).sum(1, keepdim=True), self.end)

    def _last_states(self, answers: Int64[Tensor, "s m"]) -> Int64[Tensor, " s"]:
        """The tokens in front of the first end; the last ones where nothing ends."""
        states = ((answers == self.end).cumsum(1) == 0).sum(1, keepdim=True)
        return answers.gather(1, (states - 1).clamp_min(0)).squeeze(1)

    def _writing_of(self, samples: Samples) -> Writing:
        return self.writing((samples.inputs.shape[1] + (self.form == "causal")) // 2 - 1)

    def _check(self) -> None:
        """Raise `InvalidOption` for an option out of its range."""
        self.require_between("longest", self.longest, 2, LONGEST)
        self.require_between("shortest", self.shortest, 1, self.longest)
        self.require_between("samples", self.samples, 1, 10_000_000)
        self.require_between("held_out", self.held_out, 1, 1_000_000)
        for length in self.lengths:
            self.require(
                self.longest < length <= LONGEST,
                f"lengths must be longer than `longest`, which is {self.longest}, and at most {LONGEST:,}, "
                f"but one is {length:,}.",
            )
        total = self.samples + 2 * self.held_out
        self.require_room(total, self.writing(self.longest).length)
        problems = sequences(self.group.order, (self.shortest, self.longest))
        self.require(
            problems >= 2 * total,
            f"{self.group.name} has about {problems:,} sequences of up to {self.longest} elements, too few "
            f"for {total:,} different samples. Raise `longest`, or lower `samples` or `held_out`.",
        )
