"""Reviews as they were published, each in a file: train/neg/0_3.txt is a negative one for training."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from regard.core.errors import MissingFile
from regard.data.sources import content
from regard.data.text.files import text_of
from regard.data.text.reviews import HALVES, Half, Reviews

OPINIONS = ("neg", "pos")
"""The folders of each half, in the order of their labels. `unsup` beside them has no opinions."""


@final
@dataclass(frozen=True)
class ReviewFiles(Reviews):
    """The folder `aclImdb`: each half's negative reviews by name, then its positive ones."""

    folder: Path

    @cached_property
    def content(self) -> str:
        files = [path for half in self._files.values() for part in half for path in part]
        names = "\n".join(path.relative_to(self.folder).as_posix() for path in files)
        name = hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest()
        return f"{name} {content(files)}"

    def half(self, name: Half) -> tuple[list[str], NDArray[np.int64]]:
        parts = self._files[name]
        labels = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        return [text_of(path) for part in parts for path in part], labels

    @cached_property
    def _files(self) -> dict[Half, list[Sequence[Path]]]:
        return {half: [_texts(self.folder / half / opinion) for opinion in OPINIONS] for half in HALVES}


def _texts(folder: Path) -> list[Path]:
    """The files of a folder by name. Raises `MissingFile` where there are none."""
    found = sorted(folder.glob("*.txt")) if folder.is_dir() else []
    if not found:
        raise MissingFile(f"{folder} holds no reviews *.txt. Download {folder.parents[1]} again.")
    return found
