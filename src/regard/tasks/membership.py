"""Is this word in the language?"""

from functools import cached_property
from typing import Literal, final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from regard.core.randomness import seed_of, stream
from regard.core.shapes import ClassOutput, Shape, TokenInput
from regard.data.automata import languages
from regard.data.samples import Samples
from regard.data.task import SplitName, Task
from regard.data.word_source import WordSource
from regard.data.writing import Form

PARTS: dict[SplitName, tuple[float, float]] = {
    "train": (0.0, 0.8),
    "validation": (0.8, 0.9),
    "test": (0.9, 1.0),
}
"""Which words belong to a split, by a number between 0 and 1 that each word has."""
ROUNDS = 60
"""Of drawing, before it is said that a language has too few words."""
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


@final
class Membership(Task):
    """Is this word in the language?

    Languages: Tomita's `tomita1` (1*), `tomita2` ((10)*), `tomita3` (no odd run of 0 behind an odd run of
    1), `tomita4` (no 000), `tomita5` (evenly many 0 and evenly many 1), `tomita6` (#0 - #1 divisible by 3)
    and `tomita7` (0*1*0*1*); `parity` (evenly many 1); `abab` ((abab)*); balanced brackets `d2` and `d4`,
    nested at most 2 or 4 deep, and `dyck1` without bound; `shuffle2` (two kinds of brackets, shuffled);
    `anbncn`. Transformers learn counters and brackets, and fail at tomita3, 5, 6 and parity (Hahn 2020, arXiv
    1906.06755; Bhattamishra et al. 2020, arXiv 2009.11264, who predict the next letter instead).

    Half of the words are in the language. Of the others half are random and half are words of it with one
    letter changed. Lengths are uniform among those from `shortest` to `longest` that have both kinds; the
    set beyond training goes on to `farthest`. Every word belongs to one split, drawn by `data_seed`; a
    language with few words repeats them within a split. In the `causal` form set model.pool=mean.
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
        self.require_between("farthest", farthest, longest, 1024)
        self.require_between("samples", samples, 10, 1_000_000)
        self.require_between("held_out", held_out, 10, 1_000_000)
        self.require(
            (samples + 2 * held_out) * longest + held_out * farthest <= LARGEST,
            f"{samples:,} samples of {longest} letters are more than {LARGEST:,}. Lower `samples` or "
            f"`longest`.",
        )
        self.language = languages()[language]
        self.shortest, self.longest, self.farthest = shortest, longest, farthest
        self.samples, self.held_out, self.data_seed = samples, held_out, data_seed
        self.padding = len(self.language.letters)
        self.shape = Shape(TokenInput(self.padding + 1, farthest, form == "causal"), ClassOutput(2))

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def beyond(self) -> dict[str, Samples]:
        """Longer words, if there are to be any."""
        if self.farthest == self.longest:
            return {}
        first = self.longest + 1
        rng = stream(self.data_seed, "membership", "beyond")
        words = [
            self._draw(first, self.farthest, self.held_out // 2, member, rng) for member in (False, True)
        ]
        return {f"lengths {first} to {self.farthest}": self._classed(torch.cat(words), rng)}

    def chances(self) -> dict[str, float]:
        """Of longer words, too, half are in the language."""
        return dict.fromkeys(self.beyond(), self.chance)

    def identities(self, samples: Samples) -> list[str]:
        letters = self.language.letters
        return ["".join(letters[t] for t in row if t != self.padding) for row in samples.inputs.tolist()]

    def show(self, samples: Samples, i: int) -> str:
        return f"{self.identities(samples[i : i + 1])[0]} is {self.labels[int(samples.targets[i])]}"

    def solve(self, samples: Samples) -> Int64[Tensor, " b"]:
        """By the machine that tells the language."""
        return self._source.contains(samples.inputs).long()

    @cached_property
    def _source(self) -> WordSource:
        return WordSource.of(self.language, self.farthest)

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        rng = stream(self.data_seed, "membership")
        sizes: dict[SplitName, int] = {
            "train": self.samples,
            "validation": self.held_out,
            "test": self.held_out,
        }
        found = [self._divided(sizes, member, rng) for member in (False, True)]
        return {name: self._classed(torch.cat([words[name] for words in found]), rng) for name in sizes}

    def _divided(
        self, sizes: dict[SplitName, int], member: bool, rng: torch.Generator
    ) -> dict[SplitName, Int64[Tensor, "s n"]]:
        """Half as many words as each split is to have, all of one kind."""
        found = {name: torch.empty(0, self.longest, dtype=torch.int64) for name in sizes}
        for _ in range(ROUNDS):
            words = self._draw(self.shortest, self.longest, self.samples, member, rng)
            numbers = self._numbers(words)
            for name, (low, high) in PARTS.items():
                mine = words[(numbers >= low) & (numbers < high)]
                found[name] = torch.cat([found[name], mine])[: sizes[name] // 2]
            if all(len(found[name]) == size // 2 for name, size in sizes.items()):
                return found
        self.require(False, "there are too few different words for three splits. Raise `longest`.")
        return found

    def _draw(
        self, shortest: int, longest: int, count: int, member: bool, rng: torch.Generator
    ) -> Int64[Tensor, "s n"]:
        """Words of one kind, padded to `longest`."""
        lengths = self._source.lengths(shortest, longest)
        self.require(
            len(lengths) > 0,
            f"no length from {shortest} to {longest} has words inside and outside. Raise `longest`.",
        )
        drawn = lengths[torch.randint(len(lengths), (count,), generator=rng)]
        if member:
            rows = self._source.draw(drawn, True, rng)
        else:
            half = count // 2
            random, near = (
                self._source.draw(drawn[:half], False, rng),
                self._source.near_misses(drawn[half:], rng),
            )
            rows = torch.cat([self._padded(random, longest), self._padded(near, longest)])
        return self._padded(rows, longest)[torch.randperm(count, generator=rng)]

    def _padded(self, rows: Int64[Tensor, "s n"], length: int) -> Int64[Tensor, "s m"]:
        return torch.nn.functional.pad(rows, (0, length - rows.shape[1]), value=self.padding)

    def _numbers(self, words: Int64[Tensor, "s n"]) -> Float[Tensor, " s"]:
        """A number from 0 to 1 for every word, the same wherever it is drawn."""
        rng = torch.Generator().manual_seed(seed_of(self.data_seed, "membership", "parts"))
        weights = torch.randint(2**61, (words.shape[1], self.padding + 1), generator=rng)
        hashes = weights[torch.arange(words.shape[1]), words].sum(1)  # wraps around, as hashes may
        return (hashes % 1_000_003).double() / 1_000_003

    def _classed(self, words: Int64[Tensor, "s n"], rng: torch.Generator) -> Samples:
        words = words[torch.randperm(len(words), generator=rng)]
        keys: Bool[Tensor, "s n"] = words != self.padding
        return Samples(words, self._source.contains(words).long(), keys)
