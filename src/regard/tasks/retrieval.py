"""Do two passages come from the same document?"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal, final

import torch
from jaxtyping import Int64
from torch import Tensor

from regard.core.randomness import generator_of
from regard.data.draws import draw_distinct
from regard.data.pairing import Form, paired, shape_of, unpaired
from regard.data.samples import Samples
from regard.data.splits import split_by_problem
from regard.data.task import SplitName, Task
from regard.data.text import (
    Bytes,
    Pieces,
    Sharing,
    Words,
    content_of_texts,
    idle_at,
    one_line,
    split_words,
    standard_library,
    texts_in,
    topics,
)

SHARES = (0.8, 0.1, 0.1)
FEWEST = 20
"""Groups of documents, so that each split has two of them."""
SHARED = {"word": 32, "byte": 128}
"""Words or bytes in a row that make two documents of one group: more than a phrase that anybody may use."""


@final
class Retrieval(Task):
    """Do these two passages come from the same document, or from different ones?

    The form of the retrieval task of the Long Range Arena (Tay et al. 2021, arXiv 2011.04006). Documents are
    the text files (`*.txt`, UTF-8) in `folder`; without one, those that ship with Python and depend on its
    version: the help of the language (`pydoc_data.topics`) and what each module of the standard library
    says in its docstrings. Passages of `length` words or bytes are cut at random places, so that two of one
    document do not overlap. Every second pair comes from one document.

    Documents that share 32 words or 128 bytes in a row (`length`, if that is less) are one group. Groups are
    divided, 80 % train, 10 % validate and 10 % test, and drawn, each as often as another; passages that are
    not of one document are of two groups. So no passage stands in two splits, nor in two groups.

    At the level `word`, the `vocabulary` most frequent words of all documents have tokens. Those that no
    document of training holds have them too: a rare word that two passages share says most, and what is to
    be learned is to see that it is the same.
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
        self.require_room(samples + 2 * held_out, 2 * length)
        self.require(folder != "", "folder is empty. Name a folder of text files, or leave it out.")
        self.folder, self.level, self.length, self.form = folder, level, length, form
        self.samples, self.held_out, self.data_seed = samples, held_out, data_seed
        self.vocabulary = vocabulary if level == "word" else Bytes().vocabulary
        self.shape = shape_of(form, self.vocabulary, length)

    @cached_property
    def content(self) -> str:
        return content_of_texts(self._texts)

    @property
    def idle(self) -> Mapping[str, str]:
        return idle_at(self.level)

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def identities(self, samples: Samples) -> list[str]:
        # the group that holds the first passage
        return [str(group) for group in self._sharing.group_of(unpaired(samples)[:, 0].numpy())]

    def text(self, tokens: Int64[Tensor, " n"]) -> str:
        return self._encoding.decode(tokens.tolist())

    def show(self, samples: Samples, i: int) -> str:
        texts = [one_line(self.text(passage)) for passage in unpaired(samples)[i]]
        return f"{texts[0]} | {texts[1]} -> {self.labels[int(samples.targets[i])]}"

    @cached_property
    def _texts(self) -> list[str]:
        """All documents."""
        return texts_in(Path(self.folder).expanduser()) if self.folder else [*topics(), *standard_library()]

    @cached_property
    def _pieces(self) -> list[Pieces]:
        """All documents in words or bytes."""
        split = split_words if self.level == "word" else Bytes().pieces
        return [split(text) for text in self._texts]

    @cached_property
    def _encoding(self) -> Words | Bytes:
        return Bytes() if self.level == "byte" else Words.most_frequent(self._pieces, self.vocabulary)

    @cached_property
    def _documents(self) -> list[Int64[Tensor, " n"]]:
        """Those that have room for two passages, as tokens."""
        encoded = self._encoding.encode(self._pieces)
        long = [torch.from_numpy(tokens).long() for tokens in encoded if len(tokens) >= 2 * self.length]
        self.require(
            len(long) >= FEWEST,
            f"{len(long)} of {len(encoded)} documents have room for two passages of {self.length} "
            f"{self.level}s; at least {FEWEST} are needed. Lower `length`, or give more documents.",
        )
        return long

    @cached_property
    def _sharing(self) -> Sharing:
        """The groups of documents."""
        run = min(SHARED[self.level], self.length)
        sharing = Sharing.of([document.numpy() for document in self._documents], run)
        count = len(set(sharing.groups))
        self.require(
            count >= FEWEST,
            f"many of {len(self._documents)} documents share {run} {self.level}s in a row, so they are only "
            f"{count} groups; at least {FEWEST} are needed. Raise `length`, or give documents that differ.",
        )
        return sharing

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        rng = generator_of(self.data_seed, "retrieval")
        groups = torch.unique(torch.from_numpy(self._sharing.groups))
        parts = split_by_problem(groups, SHARES, rng)
        sizes = {"train": self.samples, "validation": self.held_out, "test": self.held_out}
        return {name: self._draw(part, sizes[name], rng) for name, part in parts.items()}

    def _draw(self, part: Int64[Tensor, " part"], count: int, rng: torch.Generator) -> Samples:
        """Pairs of passages from groups of one split."""
        same = torch.arange(count) % 2 == 0
        both = self._documents_of(part[draw_distinct(len(part), count, 2, rng)], rng)
        second = torch.where(same, both[:, 0], both[:, 1])
        places = torch.rand(count, 3, generator=rng, dtype=torch.float64)
        pairs = [
            self._passages(int(i), int(j), place)
            for i, j, place in zip(both[:, 0], second, places.tolist(), strict=True)
        ]
        return paired(self.form, torch.stack(pairs), same.long(), self.vocabulary)

    def _documents_of(self, groups: Int64[Tensor, "s 2"], rng: torch.Generator) -> Int64[Tensor, "s 2"]:
        """The number of a document of each group; a long one is drawn as often as a short one."""
        ordered, documents = torch.from_numpy(self._sharing.groups).sort(stable=True)
        sizes = ordered.bincount()
        places = torch.rand(groups.shape, generator=rng, dtype=torch.float64) * sizes[groups]
        return documents[torch.searchsorted(ordered, groups) + places.long()]

    def _passages(self, i: int, j: int, place: list[float]) -> Int64[Tensor, "2 n"]:
        """A passage of each document, from places given as shares; within one they do not overlap."""
        first, second, n = self._documents[i], self._documents[j], self.length
        if i != j:
            starts = [int(place[k] * (len(text) - n + 1)) for k, text in enumerate((first, second))]
        else:
            low, high = sorted(int(p * (len(first) - 2 * n + 1)) for p in place[:2])
            starts = [low, high + n] if place[2] < 0.5 else [high + n, low]
        return torch.stack([first[starts[0] : starts[0] + n], second[starts[1] : starts[1] + n]])
