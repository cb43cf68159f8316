"""Do two passages come from the same document?"""

from functools import cached_property
from pathlib import Path
from typing import Literal, final

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from regard.core.randomness import stream
from regard.data.draws import draw_distinct
from regard.data.pairing import Form, paired, shape_of, unpaired
from regard.data.samples import Samples
from regard.data.splits import split_by_problem
from regard.data.task import SplitName, Task
from regard.data.text import Bytes, Pieces, Words, split_words, texts_in, topics

SHARES = (0.8, 0.1, 0.1)
FEWEST = 20
"""Documents, so that each split has two of them."""


@final
class Retrieval(Task):
    """Do these two passages come from the same document, or from different ones?

    The form of the retrieval task of the Long Range Arena (Tay et al. 2021, arXiv 2011.04006). Documents are
    the text files (`*.txt`, UTF-8) in `folder`; without one, those that ship with Python: the topics of
    `pydoc_data.topics`, the help of the language. Passages of `length` words or bytes are cut at random
    places, so that two of one document do not overlap; documents of training, validation and test are
    different ones. Every second pair comes from one document.

    At the level `word`, the `vocabulary` most frequent words of all documents have tokens. Those that no
    document of training holds have them too: a rare word that two passages share says most, and what is to
    be learned is to see that it is the same. A run is known by its options, not by what is in the folder:
    after a change to its files, use another name for it.
    """

    metric = "accuracy"
    chance = 0.5
    labels = ("different", "same")

    def __init__(
        self,
        *,
        folder: str | None = None,
        level: Literal["word", "byte"] = "word",
        length: int = 64,
        vocabulary: int = 4_096,
        form: Form = "pair",
        samples: int = 20_000,
        held_out: int = 1_000,
        data_seed: int = 0,
    ) -> None:
        self.require_between("length", length, 4, 2_048)
        self.require_between("vocabulary", vocabulary, 100, 100_000)
        self.require_between("samples", samples, 2, 200_000)
        self.require_between("held_out", held_out, 2, 50_000)
        self.folder, self.level, self.length, self.form = folder, level, length, form
        self.samples, self.held_out, self.data_seed = samples, held_out, data_seed
        self.vocabulary = vocabulary if level == "word" else Bytes().vocabulary
        self.shape = shape_of(form, self.vocabulary, length)

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def identities(self, samples: Samples) -> list[str]:
        return [row.tobytes().hex() for row in unpaired(samples).to(torch.int32).numpy()]

    def show(self, samples: Samples, i: int) -> str:
        texts = [" ".join(self._encoding.decode(side).split()) for side in unpaired(samples)[i].tolist()]
        return f"{texts[0]} | {texts[1]} -> {self.labels[int(samples.targets[i])]}"

    @cached_property
    def _pieces(self) -> list[Pieces]:
        """All documents in words or bytes."""
        texts = topics() if self.folder is None else texts_in(Path(self.folder).expanduser())
        split = split_words if self.level == "word" else Bytes().pieces
        return [split(text) for text in texts]

    @cached_property
    def _encoding(self) -> Words | Bytes:
        return Bytes() if self.level == "byte" else Words.most_frequent(self._pieces, self.vocabulary)

    @cached_property
    def _documents(self) -> list[Int64[Tensor, " n"]]:
        """Different ones that have room for two passages, as tokens."""
        encoded = self._encoding.encode(self._pieces)
        different = {tokens.tobytes(): tokens.astype(np.int64) for tokens in encoded}.values()
        long = [torch.from_numpy(tokens) for tokens in different if len(tokens) >= 2 * self.length]
        self.require(
            len(long) >= FEWEST,
            f"{len(long)} of {len(encoded)} documents have room for two passages of {self.length} "
            f"{self.level}s; at least {FEWEST} are needed. Lower `length`, or give more documents.",
        )
        return long

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        rng = stream(self.data_seed, "retrieval")
        parts = split_by_problem(torch.arange(len(self._documents)), SHARES, rng)
        sizes = {"train": self.samples, "validation": self.held_out, "test": self.held_out}
        return {name: self._draw(part, sizes[name], rng) for name, part in parts.items()}

    def _draw(self, part: Int64[Tensor, " part"], count: int, rng: torch.Generator) -> Samples:
        """Pairs of passages from documents of one split; a long document is drawn as often as a short one."""
        same = torch.arange(count) % 2 == 0
        both = part[draw_distinct(len(part), count, 2, rng)]
        second = torch.where(same, both[:, 0], both[:, 1])
        places = torch.rand(count, 3, generator=rng, dtype=torch.float64)
        pairs = [
            self._passages(int(i), int(j), place)
            for i, j, place in zip(both[:, 0], second, places.tolist(), strict=True)
        ]
        return paired(self.form, torch.stack(pairs), same.long(), self.vocabulary)

    def _passages(self, i: int, j: int, place: list[float]) -> Int64[Tensor, "2 n"]:
        """A passage of each document, from places given as shares; within one they do not overlap."""
        first, second, n = self._documents[i], self._documents[j], self.length
        if i != j:
            starts = [int(place[k] * (len(text) - n + 1)) for k, text in enumerate((first, second))]
        else:
            low, high = sorted(int(p * (len(first) - 2 * n + 1)) for p in place[:2])
            starts = [low, high + n] if place[2] < 0.5 else [high + n, low]
        return torch.stack([first[starts[0] : starts[0] + n], second[starts[1] : starts[1] + n]])
