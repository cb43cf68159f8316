"""Texts that are read from files, and those that ship with Python."""

import hashlib
import pydoc_data.topics
from collections.abc import Iterable
from pathlib import Path

from regard.core.errors import Corrupt, MissingFile
from regard.data.sources import FileKind
from regard.data.sources.visible import entries_in

LARGEST = 2**28
"""Bytes of a file."""
MARK = "\ufeff"
"""The byte order mark, with which some programs begin files in UTF-8: no part of a text."""
SUFFIXES = frozenset({".txt"})
TEXTS = FileKind("texts", SUFFIXES, "TEXT.txt")


def topics() -> list[str]:
    """The help of the language, English text that ships with Python: its topics in alphabetical order."""
    found = pydoc_data.topics.topics
    return [found[name] for name in sorted(found)]


def content_of_texts(texts: Iterable[str]) -> str:
    """A hash of texts in order, as `Task.content` wants it."""
    together = hashlib.sha256()
    for text in texts:
        together.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
    return together.hexdigest()


def texts_in(folder: Path) -> list[str]:
    """The text files of a folder (`*.txt`) by name. Raises `MissingFile` or `Corrupt`."""
    if not folder.is_dir():
        raise MissingFile(f"There is no folder {folder}. Correct its name.")
    files = [path for path in entries_in(folder) if path.suffix.lower() in SUFFIXES and path.is_file()]
    if not files:
        raise MissingFile(f"{folder} holds no file *.txt. Give a folder of text files.")
    return [text_of(file) for file in files]


def text_of(path: Path) -> str:
    """What a text file in UTF-8 holds, without a byte order mark. Raises `MissingFile` or `Corrupt`."""
    if not path.is_file():
        raise MissingFile(f"There is no file {path}. Correct its name.")
    if path.stat().st_size > LARGEST:
        raise Corrupt(f"{path} is larger than {LARGEST:,} bytes. Give a part of it.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Corrupt(f"{path} cannot be read: {error.strerror}. Restore it.") from error
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"{path} is no text in UTF-8: byte {error.start} is {content[error.start]:#04x}."
        raise Corrupt(f"{message} Save it as UTF-8.") from error
    if "\x00" in text:
        raise Corrupt(f"{path} holds a zero byte, so it is no text. Give a text file.")
    return text.removeprefix(MARK)
