"""A task: of which class is the text?"""

import hashlib
import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Int64
from numpy.typing import NDArray
from torch import Tensor

from regard.core.errors import Corrupt, InvalidOption
from regard.core.randomness import generator_of
from regard.core.shapes import ClassOutput, Shape, TokenInput
from regard.data.classes_left import require_classes
from regard.data.question import Question, Slots
from regard.data.samples import Samples
from regard.data.sources import PartName, Writer, cached
from regard.data.splits import evenly
from regard.data.task import LookUp, SplitName, Task
from regard.data.text.collection import TextCollection
from regard.data.text.division import TextDivision
from regard.data.text.encoding import PADDING, Bytes, Pieces, Words, rows_of
from regard.data.text.files import MARK
from regard.data.text.settings import TextSettings, idle_at

LONGEST = 4_096
"""As in the Long Range Arena; 50,000 rows of so many tokens are 1.6 GB."""
VERSION = 1
"""Of what is written into the cache."""


@final
class TextClassification(Task):
    """Texts of a collection with one class each, as rows of words or bytes.

    Behind a text that is shorter than a row is padding, which `keys` hides; of a longer one the end is read.
    `chance` is the share of test texts in the class most frequent in training.

    Raises `MissingFile` and `Corrupt`, when samples are first asked for, for data that are not there or
    cannot be trusted.
    """

    metric = "accuracy"

    def __init__(self, collection: TextCollection, settings: TextSettings) -> None:
        self.collection, self.settings = collection, settings
        self.require_between("length", settings.length, 1, LONGEST)
        self.require_between("vocabulary", settings.vocabulary, 100, 100_000)
        samples = settings.samples
        self.require(samples is None or samples >= 1, f"samples must be at least 1, but is {samples}.")
        self.vocabulary = settings.vocabulary if settings.level == "word" else Bytes().vocabulary

    @property
    def name(self) -> str:
        return self.collection.name

    @cached_property
    def labels(self) -> tuple[str, ...]:
        return self.collection.classes or self.collection.contents.found.classes

    @cached_property
    def shape(self) -> Shape:
        causal = self.settings.form == "causal"
        given = TokenInput(self.vocabulary, self.settings.length, causal)
        return Shape(given, ClassOutput(len(self.labels)))

    @cached_property
    def chance(self) -> float:
        most_frequent = self.split("train").targets.bincount().argmax()
        return (self.split("test").targets == most_frequent).float().mean().item()

    @cached_property
    def content(self) -> str:
        return self.collection.contents.content

    @property
    def known_look_up(self) -> LookUp | None:
        return self.collection.known_look_up

    @property
    def fixed(self) -> tuple[SplitName, ...]:
        """What lies apart from the training texts."""
        return tuple(name for name in self.collection.contents.found.parts if name != "train")

    @property
    def idle(self) -> Mapping[str, str]:
        return idle_at(self.settings.level)

    def split(self, name: SplitName) -> Samples:
        rows = torch.from_numpy(self._arrays[f"{name}_rows"]).long()
        return Samples(rows, torch.from_numpy(self._arrays[f"{name}_labels"]).long(), rows != PADDING)

    def identities(self, samples: Samples) -> list[str]:
        return _names(samples.inputs.to(torch.int32).numpy()).tolist()

    def findings(self) -> dict[str, Any]:
        """The classes and the words."""
        words = list(self.encoding.known) if isinstance(self.encoding, Words) else []
        return {"labels": list(self.labels), "words": words}

    def restore(self, findings: Mapping[str, Any]) -> None:
        self.labels = tuple(findings["labels"])
        self.encoding = Bytes() if self.settings.level == "byte" else Words(tuple(findings["words"]))

    def text(self, tokens: Int64[Tensor, " n"]) -> str:
        return self.encoding.decode(tokens.tolist())

    def encode(self, text: str) -> Question:
        """A text, whose class is asked for."""
        pieces = self.encoding.pieces(text.removeprefix(MARK))[-self.settings.length :]
        self.require(len(pieces) > 0, f"there is no {self.settings.level} in {text!r}. Give a text.")
        return Slots(torch.from_numpy(self.encoding.encode([pieces])[0]).long())

    def show(self, samples: Samples, i: int) -> str:
        text = " ".join(self.text(samples.inputs[i]).split())
        return f"{self.labels[int(samples.targets[i])]}: {text}"

    @cached_property
    def encoding(self) -> Words | Bytes:
        """How texts become tokens."""
        if self.settings.level == "byte":
            return Bytes()
        return Words(tuple(self._arrays["words"].tobytes().decode().split("\n")))

    @cached_property
    def _arrays(self) -> dict[str, Any]:
        """Rows and labels of the splits, and the words, memory-mapped."""
        chosen = self.settings
        key = [self.content, chosen.level, chosen.length, self.vocabulary, chosen.held_out, chosen.data_seed]
        key += [] if chosen.samples is None else [chosen.samples]
        return dict(cached(self.name, f"{VERSION} {key}", self._write))

    def _write(self, writer: Writer) -> None:
        parts = self.collection.contents.found.parts
        texts = {name: [self._pieces(text) for text in part.items()] for name, part in parts.items()}
        rng = generator_of(self.settings.data_seed, self.name)
        keys = {name: np.array([_key(text) for text in found], np.str_) for name, found in texts.items()}
        division = TextDivision.of(keys, parts["train"].labels, self.settings.held_out, rng)
        encoding = self._fitted(texts["train"][i] for i in division.rows["train"])
        rows = {name: rows_of(encoding.encode(found), self.settings.length) for name, found in texts.items()}
        # by what is read: unknown words can make two texts equal that were not
        division = division.without_repeats({name: _names(found) for name, found in rows.items()})
        labels: dict[SplitName, NDArray[np.int64]] = {}
        for name, part in division.parts.items():
            numbers = self._chosen(name, division.rows[name], parts[part].labels, rng)
            labels[name] = parts[part].labels[numbers]
            writer.save(f"{name}_rows", rows[part][numbers])
            writer.save(f"{name}_labels", labels[name])
        require_classes(parts["train"].labels, labels, self.labels, self.collection.noun)
        if isinstance(encoding, Words):
            writer.save("words", np.frombuffer("\n".join(encoding.known).encode(), np.uint8))

    def _pieces(self, text: str) -> Pieces:
        """A text in pieces, as far as it is read."""
        if self.settings.level == "byte":
            return Bytes().pieces(text)[-self.settings.length :]
        # one object per word, however often it occurs: large collections fit into memory
        return [sys.intern(word) for word in Words(()).pieces(text)[-self.settings.length :]]

    def _fitted(self, texts: Iterable[Pieces]) -> Words | Bytes:
        return Bytes() if self.settings.level == "byte" else Words.most_frequent(texts, self.vocabulary)

    def _chosen(
        self, name: PartName, rows: NDArray[np.int64], labels: NDArray[np.int64], rng: torch.Generator
    ) -> NDArray[np.int64]:
        """The rows of a split: of those to train on, as many as are wanted. Raises `Corrupt` for none."""
        noun, samples = self.collection.noun, self.settings.samples
        if not len(rows):
            message = f"{self.name}: no {noun} is left for {name} that is in no other split, of "
            raise Corrupt(f"{message}{len(labels):,} in {len(self.labels):,} classes. Give more {noun}s.")
        if name != "train" or samples is None:
            return rows
        if samples > len(rows):
            message = f"{self.name}: samples is {samples:,}, but there are {len(rows):,} {noun}s to train on."
            raise InvalidOption(f"{message} Lower `samples`, or leave it out for all of them.")
        return rows[evenly(torch.from_numpy(labels[rows]), samples, rng).numpy()]


def _key(text: Pieces) -> str:
    """What tells two texts apart, as far as they are read."""
    return _digest(text if isinstance(text, bytes) else "\n".join(text).encode())


def _names(rows: NDArray[np.int32]) -> NDArray[np.str_]:
    """What tells rows of tokens apart."""
    return np.array([_digest(row.tobytes()) for row in rows], np.str_)


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=12).hexdigest()
