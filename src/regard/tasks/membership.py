"""Is this word in the language?"""

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Literal, final

import torch
from jaxtyping import Int64
from torch import Tensor

from regard.core.randomness import generator_of
from regard.core.shapes import ClassOutput, Shape, TokenInput
from regard.data.automata import languages
from regard.data.question import Question, Slots
from regard.data.samples import Samples
from regard.data.task import LookUp, SplitName, Task
from regard.data.word_source import WordSource
from regard.data.word_splits import LEAST, Words
from regard.data.writing import Form

LARGEST = 2**27
"""Letters in all samples together: 1 GiB."""

Name = Literal[
    "tomita1",
    "tomita2",
    "tomita3",
    "tomita4",
    "tomita5",
    "tomita6",
    "tomita7",
    "parity",
    "abab",
    "d2",
    "d4",
    "dyck1",
    "shuffle2",
    "anbncn",
]

LOOK_UPS: Mapping[str, float] = MappingProxyType(
    {
        "tomita1": 1.0,
        "tomita2": 0.86,
        "tomita4": 0.6,
        "tomita5": 1.0,
        "tomita7": 0.65,
        "parity": 1.0,
        "abab": 0.66,
        "d2": 0.67,
        "d4": 0.66,
        "dyck1": 0.65,
        "shuffle2": 0.66,
        "anbncn": 0.71,
    }
)
"""What the best look-up scores, measured: how often a letter occurs is the rule itself of tomita1, tomita5
and parity; elsewhere it is a letter at one place, as no balanced word begins with a closing bracket."""


@final
class Membership(Task):
    """Is this word in the language?

    `language` is one of Tomita's `tomita1` (1*), `tomita2` ((10)*), `tomita3` (no odd run of 0 behind an odd
    run of 1), `tomita4` (no 000), `tomita5` (evenly many 0 and evenly many 1), `tomita6` (#0 - #1 divisible
    by 3) and `tomita7` (0*1*0*1*); `parity` (evenly many 1); `abab` ((abab)*); balanced brackets `d2` and
    `d4`, nested at most 2 or 4 deep, and `dyck1` without bound; `shuffle2` (two kinds of brackets, shuffled);
    `anbncn`. Transformers learn counters and brackets, and fail at tomita3, 5, 6 and parity (Hahn 2020, arXiv
    1906.06755; Bhattamishra et al. 2020, arXiv 2009.11264, who predict the next letter instead).

    Half of the words are in the language. Of the others half are random and half are words of it changed:
    two different letters exchanged, which keeps their counts, or one letter changed. Lengths are those from
    `shortest` to `longest` that have both kinds, and for every word inside there is one outside of that very
    length, in every split and in the set beyond training, which goes on to `farthest`: so length says
    nothing. Every word belongs to one split, drawn by `data_seed`, and so does every length that has few
    words; few words are repeated within a split. At the lengths of tomita5, which are all even, evenly many 1
    are evenly many 0 too: it is parity there. In the `causal` form set model.pool=mean.
    """

    metric = "accuracy"
    chance = 0.5
    labels = ("outside", "inside")

    def __init__(
        self,
        *,
        language: Name = "dyck1",
        shortest: int = 2,
        longest: int = 24,
        farthest: int = 48,
        samples: int = 20_000,
        held_out: int = 1_000,
        form: Form = "masked",
        data_seed: int = 0,
    ) -> None:
        self.require_between("longest", longest, 4, 512)
        self.require_between("shortest", shortest, 1, longest)
        self.require_between("farthest", farthest, longest, 512)
        self.require_between("samples", samples, 10, 1_000_000)
        self.require_between("held_out", held_out, 10, 1_000_000)
        trained = (samples + 5 * held_out + LEAST * longest) * longest
        beyond = (held_out + LEAST * farthest) * farthest
        self.require(
            # two words are drawn for each sample
            2 * (trained + beyond) <= LARGEST,
            f"{samples:,} samples of {longest} letters, and {held_out:,} held out of up to {farthest}, are "
            f"more than {LARGEST:,} letters. Lower `samples`, `held_out`, `longest` or `farthest`.",
        )
        self._name, self.language = language, languages()[language]
        self.shortest, self.longest, self.farthest = shortest, longest, farthest
        self.samples, self.held_out, self.data_seed = samples, held_out, data_seed
        self.padding = len(self.language.letters)
        self.shape = Shape(TokenInput(self.padding + 1, farthest, form == "causal"), ClassOutput(2))

    @property
    def known_look_up(self) -> LookUp | None:
        score = LOOK_UPS.get(self._name)
        return LookUp(score, "one place or one count says something of the word") if score else None

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def beyond(self) -> dict[str, Samples]:
        """Longer words, if there are to be any."""
        if self.farthest == self.longest:
            return {}
        first = self.longest + 1
        lengths = self._lengths(first, self.farthest, "farthest")
        rng = generator_of(self.data_seed, "membership", "beyond")
        words = Words.drawn(self._source, lengths, LEAST + self.held_out // len(lengths), rng)
        return {f"lengths {first} to {self.farthest}": self._samples(words, self.held_out, rng)}

    def chances(self) -> dict[str, float]:
        """Of longer words, too, half are in the language."""
        return dict.fromkeys(self.beyond(), self.chance)

    def identities(self, samples: Samples) -> list[str]:
        letters = self.language.letters
        return ["".join(letters[t] for t in row if t != self.padding) for row in samples.inputs.tolist()]

    def show(self, samples: Samples, i: int) -> str:
        return f"{self.identities(samples[i : i + 1])[0]} is {self.labels[int(samples.targets[i])]}"

    def encode(self, text: str) -> Question:
        """A word, letter by letter."""
        letters = self.language.letters
        self.require(
            set(text) <= set(letters) and 0 < len(text) <= self.farthest,
            f"'{text}' is no word to ask for. Give 1 to {self.farthest} of the letters {letters}.",
        )
        return Slots(torch.tensor([letters.index(letter) for letter in text]))

    def solve(self, samples: Samples) -> Int64[Tensor, " b"]:
        """By the machine that tells the language."""
        return self._source.contains(samples.inputs).long()

    @cached_property
    def _source(self) -> WordSource:
        return WordSource.of(self.language, self.farthest)

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        rng = generator_of(self.data_seed, "membership")
        lengths = self._lengths(self.shortest, self.longest, "longest")
        # enough that no split must repeat words where the language has many
        each = LEAST + (self.samples + 5 * self.held_out) // len(lengths)
        parts = Words.drawn(self._source, lengths, each, rng).divided(rng)
        self.require(
            all(len(words.rows) for words in parts.values()),
            f"there are too few words of {self.shortest} to {self.longest} letters for three splits. Raise "
            f"`longest` or lower `shortest`.",
        )
        sizes = (self.samples, self.held_out, self.held_out)
        return {
            name: self._samples(words, size, rng)
            for (name, words), size in zip(parts.items(), sizes, strict=True)
        }

    def _samples(self, words: Words, count: int, rng: torch.Generator) -> Samples:
        rows = words.balanced(count, rng)
        return Samples(rows, self._source.contains(rows).long(), rows != self.padding)

    def _lengths(self, shortest: int, longest: int, option: str) -> Int64[Tensor, " lengths"]:
        """Those that have words of both kinds; `option` makes more of them."""
        lengths = self._source.lengths(shortest, longest)
        self.require(
            len(lengths) > 0,
            f"no length from {shortest} to {longest} has words inside and outside. Raise `{option}`.",
        )
        return lengths
