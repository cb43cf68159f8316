"""Commands in a little language, translated into actions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Literal, final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from regard.core.errors import nearest
from regard.core.randomness import generator_of
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.data.guessing import favorite_share
from regard.data.question import Question
from regard.data.samples import Samples
from regard.data.scan_divisions import LISTED, Division, divided
from regard.data.scan_files import files_of, official
from regard.data.scan_grammar import (
    ACTIONS,
    LONGEST_ANSWER,
    LONGEST_COMMAND,
    WORDS,
    Command,
    commands,
    interpret,
)
from regard.data.sources import content
from regard.data.task import Predict, SplitName, Task
from regard.data.writing import Form, Writing

VOCABULARY = ("_", "OUT:", "END", "?", *WORDS, *ACTIONS)
"""What fills up rows, what stands before the answer, what ends it, and the slot of the masked form."""
NUMBER = {word: number for number, word in enumerate(VOCABULARY)}
PADDING, SEPARATOR, END, SLOT = range(4)
TRAINED_OF_SIMPLE = 0.8
VALIDATION = 0.1
"""Share of the different training commands that validates."""


@final
class Scan(Task):
    """What is to be done at `jump around left twice`?

    Lake & Baroni 2018, arXiv 1711.00350: 20,910 commands with their actions, divided so that the test asks
    for what was never trained. `division`: `simple` (random), `length` (longer action sequences), `jump`
    and `turn_left` (a primitive trained alone), `right`, `opposite_right`, `around_right` and
    `jump_around_right` (an untrained template), `num0` to `num3` (some fillers of it trained; Loula et al.
    2018, arXiv 1807.07545), `mcd1` to `mcd3` (compounds as different as can be; Keysers et al. 2020, arXiv
    1912.09713; from files alone). Training copies of a lone primitive are as many as published.

    `source`: `grammar` generates commands and divides them by the published rules, `simple` by `data_seed`;
    `files` reads the official files in a folder (`data` or REGARD_DATA). Both have the same splits, but for
    `simple`. A tenth of the different training commands validates.

    A command is filled up to 9 words; then the actions are written, token by token, or in the `masked` form
    filled in at once, up to a token that ends them. Exact match, decoded greedily.
    """

    metric = "exact match"

    def __init__(
        self,
        *,
        division: Division = "simple",
        source: Literal["grammar", "files"] = "grammar",
        form: Form = "causal",
        data: str | None = None,
        data_seed: int = 0,
    ) -> None:
        self.require(
            division not in LISTED or source == "files",
            f"no rule generates {division}: it is a list in the archive scan-splits. Unpack that into "
            f"FOLDER/scan, beside tasks.txt, name the folder by `data` or REGARD_DATA, and set source=files.",
        )
        self.division, self.source = division, source
        self.data, self.data_seed = data, data_seed
        self.writing = Writing(LONGEST_COMMAND + 1, LONGEST_ANSWER + 1, form, SLOT, PADDING, END)
        size = len(VOCABULARY)
        self.shape = Shape(TokenInput(size, self.writing.length, form == "causal"), TokenOutput(size))

    @cached_property
    def chance(self) -> float:
        return favorite_share(self.split("train"), self.split("test"))

    @property
    def fixed(self) -> tuple[SplitName, ...]:
        """All but what is drawn by `data_seed`."""
        return () if self.division == "simple" and self.source == "grammar" else ("test",)

    @property
    def idle(self) -> Mapping[str, str]:
        return {"data": "where source is grammar"} if self.source == "grammar" else {}

    @cached_property
    def content(self) -> str | None:
        return content(files_of(self.division, self.data)) if self.source == "files" else None

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def identities(self, samples: Samples) -> list[str]:
        return [" ".join(command) for command in self._read(samples)]

    def show(self, samples: Samples, i: int) -> str:
        answer = [VOCABULARY[token] for token in self.writing.answers(samples)[i].tolist() if token > END]
        return f"{self.identities(samples[i : i + 1])[0]} -> {' '.join(answer)}"

    def text(self, tokens: Int64[Tensor, " n"]) -> str:
        return " ".join(VOCABULARY[token] for token in tokens.tolist())

    def encode(self, text: str) -> Question:
        """`jump around left twice`."""
        words = text.split()
        self.require(
            0 < len(words) <= LONGEST_COMMAND,
            f"a command has 1 to {LONGEST_COMMAND} words, not {len(words)}.",
        )
        for word in words:
            self.require(word in WORDS, f"there is no word '{word}'. {nearest(word, WORDS)}")
        return self.writing.ask(torch.tensor(_question(tuple(words))))

    def score(self, predict: Predict, samples: Samples) -> Float[Tensor, " b"]:
        return self.writing.score(predict, samples)

    def solve(self, samples: Samples) -> Int64[Tensor, "b n"]:
        """By the meaning of the command."""
        return self.writing.targets(torch.tensor([_answer(command) for command in self._read(samples)]))

    def fed_back(self, samples: Samples) -> Bool[Tensor, "b n"] | None:
        return self.writing.fed_back(samples)

    @cached_property
    def _commands(self) -> dict[SplitName, list[Command]]:
        rng = generator_of(self.data_seed, "scan")
        if self.source == "files":
            trained, test = official(self.division, self.data)
        elif self.division == "simple":
            trained, test = _parted(list(commands()), TRAINED_OF_SIMPLE, rng)
        else:
            trained, test = divided(self.division, commands())
        # a primitive that is trained alone must be trained
        counts = Counter(trained)
        once = [command for command, count in counts.items() if count == 1]
        kept, validation = _parted(once, 1 - VALIDATION, rng)
        repeated = [command for command in trained if counts[command] > 1]
        return {"train": kept + repeated, "validation": validation, "test": test}

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        rows = {name: [_question(c) + _answer(c) for c in found] for name, found in self._commands.items()}
        return {name: self.writing.samples(torch.tensor(found)) for name, found in rows.items()}

    def _read(self, samples: Samples) -> list[Command]:
        rows = samples.inputs[:, :LONGEST_COMMAND].tolist()
        return [tuple(VOCABULARY[token] for token in row if token != PADDING) for row in rows]


def _parted(found: list[Command], share: float, rng: torch.Generator) -> tuple[list[Command], list[Command]]:
    order = torch.randperm(len(found), generator=rng).tolist()
    border = round(share * len(found))
    return [found[i] for i in order[:border]], [found[i] for i in order[border:]]


def _question(command: Command) -> list[int]:
    return [*_filled([NUMBER[word] for word in command], LONGEST_COMMAND), SEPARATOR]


def _answer(command: Command) -> list[int]:
    return _filled([*(NUMBER[action] for action in interpret(command)), END], LONGEST_ANSWER + 1)


def _filled(tokens: Sequence[int], length: int) -> list[int]:
    return [*tokens, *[PADDING] * (length - len(tokens))]
