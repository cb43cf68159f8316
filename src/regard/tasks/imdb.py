"""Film reviews: does the writer like it?"""

from functools import partial
from typing import Literal

from regard.core.errors import InvalidOption
from regard.data.sources import Columns, Layout, PartName, Source, content, find, in_any_layout, rows_in
from regard.data.task import LookUp
from regard.data.text import (
    TextClassification,
    TextCollection,
    TextContents,
    TextSettings,
    reviews_in,
    text_in,
)
from regard.data.writing import Form

IMDB = Source("imdb", hub="stanfordnlp/imdb")
CLASSES = ("negative", "positive")
LAYOUTS = (Layout("aclImdb", "{train,test}/{neg,pos}/*.txt", partial(reviews_in, classes=CLASSES)),)
MOST_HELD_OUT = 12_000


def imdb(
    *,
    level: Literal["word", "byte"] = "word",
    length: int = 256,
    vocabulary: int = 20_000,
    form: Form = "masked",
    held_out: int = 2_500,
    data: str | None = None,
    data_seed: int = 0,
) -> TextClassification:
    """Is this film review positive or negative?

    Large Movie Review Dataset (Maas et al. 2011, ACL P11-1015): 25,000 reviews train and validate,
    25,000 others test, half of them positive. `level` is `word`: the `vocabulary` most frequent words of
    the training texts in lower case, without punctuation; or `byte`: UTF-8, which has 256. The two are
    different tasks, whose scores never belong in one table. Of a longer text the last `length` tokens are
    read, where most writers say what they think; behind a shorter one is padding, which `keys` hides.

    Texts of the test split are taken out of the training texts (123 are in both), and `held_out` of what
    is left validates; texts that read the same lie in one split. In the `causal` form the review is read
    left to right: set model.pool=mean. Data: a folder with `imdb/train.parquet` and `imdb/test.parquet`,
    or with `aclImdb` as published (`data=` or REGARD_DATA), else the hub.
    """
    if not 1 <= held_out <= MOST_HELD_OUT:
        raise InvalidOption(f"imdb: held_out must lie between 1 and {MOST_HELD_OUT:,}, but is {held_out:,}.")
    collection = TextCollection(
        "imdb",
        lambda: in_any_layout(IMDB, LAYOUTS, lambda: _rows(data), data),
        noun="review",
        classes=CLASSES,
        known_look_up=LookUp(0.6, "whether `bad` occurs says something"),
    )
    settings = TextSettings(
        level=level,
        length=length,
        vocabulary=vocabulary,
        form=form,
        held_out=held_out,
        data_seed=data_seed,
    )
    return TextClassification(collection, settings)


def _rows(data: str | None) -> TextContents:
    """The reviews in parquet or arrow files."""
    halves: tuple[PartName, ...] = ("train", "test")
    files = {half: find(IMDB, half, data) for half in halves}
    found = rows_in(files, Columns("text", "label"), text_in, classes=CLASSES)
    return TextContents(found, content([path for paths in files.values() for path in paths]))
