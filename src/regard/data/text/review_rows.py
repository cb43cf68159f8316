"""Reviews in the rows of parquet or arrow files, as the hub has them: `text` and `label`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from regard.core.errors import Corrupt
from regard.data.sources import content, read
from regard.data.text.reviews import Half, Reviews


@final
@dataclass(frozen=True)
class ReviewRows(Reviews):
    """The files of each half."""

    files: Mapping[Half, Sequence[Path]]

    @cached_property
    def content(self) -> str:
        return content([*self.files["train"], *self.files["test"]])

    def half(self, name: Half) -> tuple[list[str], NDArray[np.int64]]:
        paths = self.files[name]
        table = read(paths, ("text", "label"))
        labels = _labels(table["label"].to_pylist(), paths[0])
        return _present(table["text"].to_pylist(), paths[0]), labels


def _labels(values: list[Any], path: Path) -> NDArray[np.int64]:
    """The labels. Raises `Corrupt` for one that is neither 0 nor 1."""
    for row, value in enumerate(values):
        if value not in (0, 1):
            raise Corrupt(f"{path}, row {row}: the label must be 0 or 1, but is {value}. Download it again.")
    return np.array(values, np.int64)


def _present(values: list[Any], path: Path) -> list[str]:
    """The texts. Raises `Corrupt` for one that is missing."""
    for row, value in enumerate(values):
        if not isinstance(value, str):
            raise Corrupt(f"{path}, row {row}: the text is missing. Download the file again.")
    return values
