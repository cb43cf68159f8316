"""Reviews as they were published, each in a file: train/neg/0_3.txt is a negative one for training."""

import hashlib
from pathlib import Path

from regard.core.errors import MissingFile
from regard.data.sources import Contents, PartName, Tree, content, files_in
from regard.data.text.collection import TextContents
from regard.data.text.files import SUFFIXES, text_of

OPINIONS = ("neg", "pos")
"""The folders of each half, in the order of their labels. `unsup` beside them has no opinions."""
HALVES: tuple[PartName, ...] = ("train", "test")


def reviews_in(folder: Path, classes: tuple[str, str]) -> TextContents:
    """The folder `aclImdb`: each half's negative reviews by name, then its positive ones."""
    halves = {half: _half(folder, half) for half in HALVES}
    files = [path for half in halves.values() for path in half.files]
    names = "\n".join(path.relative_to(folder).as_posix() for path in files)
    name = hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest()
    return TextContents(Contents(halves, classes), f"{name} {content(files)}")


def _half(folder: Path, name: PartName) -> Tree[str]:
    parts = [_texts(folder / name / opinion) for opinion in OPINIONS]
    labels = [label for label, part in enumerate(parts) for _ in part]
    return Tree(folder / name, [path for part in parts for path in part], labels, text_of)


def _texts(folder: Path) -> list[Path]:
    """The files of a folder by name. Raises `MissingFile` where there are none."""
    found = files_in(folder, SUFFIXES) if folder.is_dir() else []
    if not found:
        raise MissingFile(f"{folder} holds no reviews *.txt. Download {folder.parents[1]} again.")
    return found
