"""A user's own texts: of which class are they?"""

import hashlib
from pathlib import Path
from typing import Literal

from regard.core.errors import InvalidOption
from regard.data.sources import (
    Columns,
    own_tables,
    place_of_own,
    refuse_columns,
    require_columns,
    rows_in,
    tree_in,
)
from regard.data.task import LookUp
from regard.data.text import (
    TEXTS,
    TextClassification,
    TextCollection,
    TextContents,
    TextSettings,
    text_in,
    text_of,
)
from regard.data.writing import Form


def text_folder(
    *,
    data: str,
    text: str = "text",
    label: str = "label",
    level: Literal["word", "byte"] = "word",
    length: int = 256,
    vocabulary: int = 20_000,
    form: Form = "masked",
    held_out: float = 0.1,
    samples: int | None = None,
    data_seed: int = 0,
) -> TextClassification:
    """Of which class is this text? Your own texts, in `data`: a folder, or one table.

    A folder of texts in UTF-8 in one folder per class: FOLDER/train/CLASS/TEXT.txt, and where you have them
    FOLDER/val/CLASS/TEXT.txt and FOLDER/test/CLASS/TEXT.txt; or FOLDER/CLASS/TEXT.txt alone. Or a table with
    the columns `text` and `label`: a file, or FOLDER/train.csv and where you have them FOLDER/validation.csv
    and FOLDER/test.csv. It may be CSV, TSV, JSON lines (.jsonl), parquet or arrow, whole or in shards such as
    train-00000-of-00002.parquet; or what `save_to_disk` of Hugging Face writes. Classes are the labels that
    occur. Texts that read the same lie in one split.

    `level` is `word`: the `vocabulary` most frequent words of the training texts in lower case, without
    punctuation; or `byte`: UTF-8. Of a longer text the last `length` tokens are read. `held_out`: the share
    of training texts taken for validation, and for the test, where they are missing. `samples`: how many
    texts to train on. In the `causal` form set model.pool=mean.
    """
    if not 0 < held_out < 0.5:
        message = "text_folder: held_out is a share of the training texts, above 0 and below 0.5, but is"
        raise InvalidOption(f"{message} {held_out}.")
    collection = TextCollection(
        "text_folder",
        lambda: _contents(place_of_own(data), Columns(text, label)),
        known_look_up=LookUp(1.0, "a single word may say it all in texts of your own"),
    )
    settings = TextSettings(
        level=level,
        length=length,
        vocabulary=vocabulary,
        form=form,
        held_out=held_out,
        samples=samples,
        data_seed=data_seed,
    )
    return TextClassification(collection, settings)


def _contents(place: Path, columns: Columns) -> TextContents:
    files = own_tables(place)
    if files is None:
        refuse_columns(place, columns, Columns("text", "label"))
        found = tree_in(place, TEXTS, text_of)
    else:
        require_columns(files, columns, Columns("text", "label"))
        found = rows_in(files, columns, text_in, own=True)
    parts = ", ".join(f"{name} {part.content}" for name, part in found.parts.items())
    return TextContents(found, hashlib.sha256(parts.encode()).hexdigest())
