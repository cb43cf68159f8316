"""What a person has put into a folder: not what is hidden, nor what systems leave there."""

from collections import deque
from collections.abc import Collection, Iterator
from pathlib import Path

from regard.core.errors import Corrupt, MissingFile

LEFTOVERS = frozenset(
    {"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "@eadir", "__pycache__"}
    | {"$recycle.bin", "system volume information", "lost+found"}
)
"""What file managers and systems leave in folders without being asked, in small letters."""


def entries_in(folder: Path) -> list[Path]:
    """Files and folders in a folder, by name, without hidden ones. Raises `MissingFile` where it cannot be
    read, and `Corrupt` for a name that is not UTF-8 and for a link that leads nowhere.
    """
    try:
        found = sorted(path for path in folder.iterdir() if not is_hidden(path.name))
    except OSError as error:
        message = f"The folder {folder} cannot be read: {error.strerror}. Correct its name or its rights."
        raise MissingFile(message) from error
    for path in found:
        if path.is_symlink() and not path.exists():
            raise Corrupt(f"{path} is a link that leads nowhere. Restore what it leads to, or remove it.")
    return found


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is no part of a set of data."""
    return name.startswith(".") or name.casefold() in LEFTOVERS


def folders_in(folder: Path) -> list[Path]:
    """The folders in a folder, by name. Raises what `entries_in` raises."""
    found = [path for path in entries_in(folder) if path.is_dir()]
    for path in found:
        try:
            path.name.encode()
        except UnicodeEncodeError as error:
            message = f"{folder} has the folder {path.name!r}, whose name is not UTF-8. Rename it."
            raise Corrupt(message) from error
    return found


def files_in(folder: Path, suffixes: Collection[str]) -> list[Path]:
    """All files in a folder and the folders in it whose names end so, in capitals or not, in order.

    Links to folders are followed, and each folder is read once: one that leads back to where it lies adds
    nothing. Raises what `entries_in` raises.
    """
    return sorted(walk(folder, suffixes))


def walk(folder: Path, suffixes: Collection[str]) -> Iterator[Path]:
    """The same files one after another, in the order in which folders are read."""
    seen = set(folder.resolve().parents)
    left = deque([folder])
    while left:
        place = left.popleft()
        real = place.resolve()
        if real in seen:
            continue
        seen.add(real)
        entries = entries_in(place)
        left += [path for path in entries if path.is_dir()]
        yield from (path for path in entries if path.suffix.lower() in suffixes and path.is_file())
