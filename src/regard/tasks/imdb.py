"""Film reviews: does the writer like it?"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal, final

import numpy as np
import torch
from numpy.typing import NDArray

from regard.core.errors import Corrupt
from regard.core.randomness import generator_of
from regard.core.shapes import ClassOutput, Shape, TokenInput
from regard.data.samples import Samples
from regard.data.sources import Layout, Source, Writer, cached, find, in_any_layout
from regard.data.splits import split_by_problem
from regard.data.task import LookUp, SplitName, Task
from regard.data.text import (
    PADDING,
    Bytes,
    Pieces,
    ReviewFiles,
    ReviewRows,
    Reviews,
    Words,
    rows_of,
    split_words,
)
from regard.data.text.reviews import HALVES, Half
from regard.data.writing import Form

IMDB = Source("imdb", hub="stanfordnlp/imdb")
LAYOUTS: tuple[Layout[Reviews]] = (Layout("aclImdb", "{train,test}/{neg,pos}/*.txt", ReviewFiles),)
LONGEST = 4_096
"""As in the Long Range Arena; 50,000 rows of so many tokens are 1.6 GB."""
VERSION = 1
"""Of what is written into the cache."""


@final
class Imdb(Task):
    """Is this film review positive or negative?

    Large Movie Review Dataset, Maas et al. 2011 (ACL P11-1015): 25,000 reviews train and validate,
    25,000 others test, half of them positive. `level` is `word`: the `vocabulary` most frequent words of
    the training texts in lower case, without punctuation; or `byte`: UTF-8, which has 256. The two are
    different tasks, whose scores never belong in one table. Of a longer text the last `length` tokens are
    read, where most writers say what they think; behind a shorter one is padding, which `keys` hides.

    Texts of the test split are taken out of the training texts (123 are in both), and `held_out` of what
    is left validates; texts that read the same lie in one split. In the `causal` form the review is read
    left to right: set model.pool=mean. Data: a folder with `imdb/train.parquet` and `imdb/test.parquet`,
    or with `aclImdb` as published (`data=` or REGARD_DATA), else the hub.
    """

    metric = "accuracy"
    fixed = ("test",)
    known_look_up = LookUp(0.6, "whether `bad` occurs says something")
    chance = 0.5
    labels = ("negative", "positive")

    def __init__(
        self,
        *,
        level: Literal["word", "byte"] = "word",
        length: int = 256,
        vocabulary: int = 20_000,
        form: Form = "masked",
        held_out: int = 2_500,
        data: str | None = None,
        data_seed: int = 0,
    ) -> None:
        self.require_between("length", length, 1, LONGEST)
        self.require_between("vocabulary", vocabulary, 100, 100_000)
        self.require_between("held_out", held_out, 1, 12_000)
        self.level, self.length, self.held_out = level, length, held_out
        self.data, self.data_seed = data, data_seed
        self.vocabulary = vocabulary if level == "word" else Bytes().vocabulary
        self.shape = Shape(TokenInput(self.vocabulary, length, form == "causal"), ClassOutput(2))

    @cached_property
    def content(self) -> str:
        return self._reviews.content

    def split(self, name: SplitName) -> Samples:
        rows = torch.from_numpy(self._arrays[f"{name}_rows"]).long()
        return Samples(rows, torch.from_numpy(self._arrays[f"{name}_labels"]).long(), rows != PADDING)

    def identities(self, samples: Samples) -> list[str]:
        return _names(samples.inputs.to(torch.int32).numpy()).tolist()

    def show(self, samples: Samples, i: int) -> str:
        text = " ".join(self._encoding.decode(samples.inputs[i].tolist()).split())
        return f"{self.labels[int(samples.targets[i])]}: {text}"

    @cached_property
    def _encoding(self) -> Words | Bytes:
        if self.level == "byte":
            return Bytes()
        return Words(tuple(self._arrays["words"].tobytes().decode().split("\n")))

    @cached_property
    def _arrays(self) -> dict[str, Any]:
        """Rows and labels of the splits, and the words, memory-mapped."""
        reviews = self._reviews
        key = [reviews.content, self.level, self.length, self.vocabulary, self.held_out, self.data_seed]
        return dict(cached("imdb", f"{VERSION} {key}", lambda writer: self._write(writer, reviews)))

    @cached_property
    def _reviews(self) -> Reviews:
        return in_any_layout(IMDB, LAYOUTS, self._rows, self.data)

    def _rows(self) -> Reviews:
        return ReviewRows({"train": find(IMDB, "train", self.data), "test": find(IMDB, "test", self.data)})

    def _write(self, writer: Writer, reviews: Reviews) -> None:
        split = split_words if self.level == "word" else Bytes().pieces
        texts: dict[Half, list[Pieces]] = {}
        labels: dict[Half, NDArray[np.int64]] = {}
        for each in HALVES:
            raw, labels[each] = reviews.half(each)
            texts[each] = [split(text)[-self.length :] for text in raw]
        parts = self._parts(texts, labels["train"])
        encoding = self._fitted(texts["train"][i] for i in parts["train"])
        rows = {name: rows_of(encoding.encode(found), self.length) for name, found in texts.items()}
        # by what is read: unknown words can make two texts equal that were not
        names = {half: _names(found) for half, found in rows.items()}
        train = _unseen(parts["train"], names["train"], names["test"])
        validation = _unseen(parts["validation"], names["train"], names["test"], names["train"][train])
        test = np.arange(len(names["test"]))
        chosen: dict[SplitName, tuple[Half, NDArray[np.int64]]]
        chosen = {"train": ("train", train), "validation": ("train", validation), "test": ("test", test)}
        for name, (half, numbers) in chosen.items():
            if not len(numbers):
                raise Corrupt(
                    f"imdb: no review is left for {name} that is in no other split. Give more reviews."
                )
            writer.save(f"{name}_rows", rows[half][numbers])
            writer.save(f"{name}_labels", labels[half][numbers])
        if isinstance(encoding, Words):
            writer.save("words", np.frombuffer("\n".join(encoding.known).encode(), np.uint8))

    def _fitted(self, texts: Iterable[Pieces]) -> Words | Bytes:
        return Bytes() if self.level == "byte" else Words.most_frequent(texts, self.vocabulary)

    def _parts(
        self, texts: Mapping[Half, Sequence[Pieces]], labels: NDArray[np.int64]
    ) -> dict[SplitName, NDArray[np.int64]]:
        """Numbers of the training texts that train and that validate; those in the test are in neither."""
        keys = {half: np.array([_key(text) for text in found]) for half, found in texts.items()}
        free = _unseen(np.arange(len(labels)), keys["train"], keys["test"])
        _, problems = np.unique(keys["train"][free], return_inverse=True)
        share = min(self.held_out / max(1, len(free)), 0.5)
        found = split_by_problem(
            torch.from_numpy(problems),
            (1 - share, share, 0.0),
            generator_of(self.data_seed, "imdb"),
            strata=torch.from_numpy(labels[free]),
        )
        return {name: free[numbers.numpy()] for name, numbers in found.items()}


def _key(text: Pieces) -> str:
    """What tells two texts apart, as far as they are read."""
    return _digest(text if isinstance(text, bytes) else "\n".join(text).encode())


def _names(rows: NDArray[np.int32]) -> NDArray[np.str_]:
    """What tells rows of tokens apart."""
    return np.array([_digest(row.tobytes()) for row in rows], np.str_)


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=12).hexdigest()


def _unseen(
    numbers: NDArray[np.int64], names: NDArray[np.str_], *others: NDArray[np.str_]
) -> NDArray[np.int64]:
    """Those of the numbers whose names are not among the others."""
    return numbers[~np.isin(names[numbers], np.concatenate(others))]
