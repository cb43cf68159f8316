"""Film reviews: does the writer like it?"""

import hashlib
from functools import cached_property
from typing import Any, Literal, final

import numpy as np
import torch
from numpy.typing import NDArray

from regard.core.randomness import stream
from regard.core.shapes import ClassOutput, Shape, TokenInput
from regard.data.samples import Samples
from regard.data.sources import Layout, Source, Writer, cached, find, in_any_layout
from regard.data.splits import split_by_problem
from regard.data.task import SplitName, Task
from regard.data.text import PADDING, Bytes, ReviewFiles, ReviewRows, Reviews, Words, rows_of
from regard.data.text.reviews import HALVES
from regard.data.writing import Form

IMDB = Source("imdb", hub="stanfordnlp/imdb")
LAYOUTS: tuple[Layout[Reviews]] = (Layout("aclImdb", "{train,test}/{neg,pos}/*.txt", ReviewFiles),)
VERSION = 1
"""Of what is written into the cache."""

Texts = list[Any]
"""Each in pieces: words, or bytes."""


@final
class Imdb(Task):
    """Is this film review positive or negative?

    Large Movie Review Dataset, Maas et al. 2011 (ACL P11-1015): 25,000 reviews train and validate,
    25,000 others test, half of them positive. `level` is `word`: the `vocabulary` most frequent words of
    the training texts in lower case, without punctuation; or `byte`: UTF-8. The two are different tasks,
    whose scores never belong in one table. Of a longer text the last `length` tokens are read, where most
    writers say what they think; behind a shorter one is padding, which `keys` hides.

    Texts of the test split are taken out of the training texts (123 are in both), and `held_out` of what
    is left validates; texts that read the same lie in one split. In the `causal` form the review is read
    left to right: set model.pool=mean. Data: a folder with `imdb/train.parquet` and `imdb/test.parquet`,
    or with `aclImdb` as published (`data=` or REGARD_DATA), else the hub.
    """

    metric = "accuracy"
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
        self.require_between("length", length, 1, 16_384)
        self.require_between("vocabulary", vocabulary, 100, 100_000)
        self.require_between("held_out", held_out, 1, 12_000)
        self.level, self.length, self.held_out = level, length, held_out
        self.data, self.data_seed = data, data_seed
        self.vocabulary = vocabulary if level == "word" else Bytes().vocabulary
        self.shape = Shape(TokenInput(self.vocabulary, length, form == "causal"), ClassOutput(2))

    def split(self, name: SplitName) -> Samples:
        rows = torch.from_numpy(self._arrays[f"{name}_rows"]).long()
        return Samples(rows, torch.from_numpy(self._arrays[f"{name}_labels"]).long(), rows != PADDING)

    def identities(self, samples: Samples) -> list[str]:
        rows = samples.inputs.to(torch.int32).numpy()
        return [hashlib.blake2b(row.tobytes(), digest_size=12).hexdigest() for row in rows]

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
        reviews = in_any_layout(IMDB, LAYOUTS, self._rows, self.data)
        key = [reviews.content, self.level, self.length, self.vocabulary]
        return dict(
            cached(
                "imdb", f"{VERSION} {key} {self.held_out} {self.data_seed}", lambda w: self._write(w, reviews)
            )
        )

    def _rows(self) -> Reviews:
        return ReviewRows({"train": find(IMDB, "train", self.data), "test": find(IMDB, "test", self.data)})

    def _write(self, writer: Writer, reviews: Reviews) -> None:
        split = Words(()).pieces if self.level == "word" else Bytes().pieces
        texts: dict[str, Texts] = {}
        labels: dict[str, NDArray[np.int64]] = {}
        for each in HALVES:
            raw, labels[each] = reviews.half(each)
            texts[each] = [split(text)[-self.length :] for text in raw]
        parts = self._parts(texts["train"], texts["test"], labels["train"])
        encoding = Bytes() if self.level == "byte" else _vocabulary(texts["train"], parts[0], self.vocabulary)
        rows = {name: rows_of(encoding.encode(found), self.length) for name, found in texts.items()}
        train, validation = (_numbers_without(rows, part) for part in parts)
        validation = validation[~np.isin(_keys(rows["train"][validation]), _keys(rows["train"][train]))]
        chosen = {"train": ("train", train), "validation": ("train", validation)}
        chosen["test"] = ("test", np.arange(len(rows["test"])))
        for name, (half, numbers) in chosen.items():
            writer.save(f"{name}_rows", rows[half][numbers])
            writer.save(f"{name}_labels", labels[half][numbers])
        if isinstance(encoding, Words):
            writer.save("words", np.frombuffer("\n".join(encoding.known).encode(), np.uint8))

    def _parts(
        self, train: Texts, test: Texts, labels: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of the training texts that train and that validate; those in the test are in neither."""
        tested = set(map(_key, test))
        names = [_key(text) for text in train]
        free = torch.tensor([i for i, name in enumerate(names) if name not in tested])
        _, problems = np.unique([names[i] for i in free.tolist()], return_inverse=True)
        share = min(self.held_out / len(free), 0.5)
        found = split_by_problem(
            torch.from_numpy(problems),
            (1 - share, share, 0.0),
            stream(self.data_seed, "imdb"),
            strata=torch.from_numpy(labels)[free],
        )
        return free[found["train"]].numpy(), free[found["validation"]].numpy()


def _vocabulary(texts: Texts, numbers: NDArray[np.int64], size: int) -> Words:
    return Words.most_frequent((texts[i] for i in numbers), size)


def _key(text: Any) -> str:
    """What tells two texts apart, as far as they are read."""
    content = text if isinstance(text, bytes) else "\n".join(text).encode()
    return hashlib.blake2b(content, digest_size=12).hexdigest()


def _keys(rows: NDArray[np.int32]) -> NDArray[np.str_]:
    return np.array([hashlib.blake2b(row.tobytes(), digest_size=12).hexdigest() for row in rows])


def _numbers_without(rows: dict[str, NDArray[np.int32]], part: NDArray[np.int64]) -> NDArray[np.int64]:
    """The part's numbers without rows that the test has too: unknown words can make two texts equal."""
    return part[~np.isin(_keys(rows["train"][part]), _keys(rows["test"]))]
