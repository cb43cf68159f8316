"""What files hold, as one hash; and whether that is what a list of checksums promises."""

import functools
import hashlib
import json
import re
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from regard.core.errors import Corrupt, MissingFile
from regard.core.files import write
from regard.data.sources.cache_folder import cache_folder, in_cache
from regard.data.sources.checksum import sha256

CHECKSUMS = "SHA256SUMS"
LINE = re.compile(
    r"(?P<hash>[0-9a-fA-F]{64})\s+\*?(?P<name>.+)|SHA256 \((?P<name2>.+)\) = (?P<hash2>[0-9a-fA-F]{64})"
)
"""What `sha256sum` writes, and what it writes with `--tag`."""

State = tuple[str, int, int, int, int, int]
"""A file's path, device and number, its size in bytes, and when its content and its entry were changed last,
in nanoseconds. A program can set the first of these times back; the system alone sets the second."""
SETTLED_SECONDS = 2.0
"""Since the last change, before a hash is remembered: clocks of file systems are coarse, and a file may be
changed twice in one tick."""


def content(files: Iterable[Path]) -> str:
    """The SHA-256 of all files, in order.

    All bytes are hashed. The result is remembered as long as path, device, number, size and both times of
    every file are what they were, and only of files that had been left alone for two seconds: any change
    through the file system is noticed, even one that keeps size and time. A disk that is changed beneath it,
    or a system without the second time (Windows), is trusted as far as size and time go.

    Where a file's folder or one of the two above has a file SHA256SUMS that lists it, the hash must be
    the one said there. Raises `Corrupt` where it is not, and `MissingFile` where there is no file.
    """
    paths = [path.absolute() for path in files]
    found = hashes(paths)
    promised = functools.cache(_promised)
    for path, each in zip(paths, found, strict=True):
        _compare(path, each, promised)
    return hashlib.sha256("".join(found).encode()).hexdigest()


def hashes(paths: Sequence[Path]) -> list[str]:
    """The hash of each file, computed only if one is not what it was when they were hashed before."""
    states = [_state(path) for path in paths]
    names = "\n".join(str(path) for path in paths).encode("utf-8", "surrogateescape")
    note = cache_folder() / "hashes" / f"{hashlib.sha256(names).hexdigest()[:32]}.json"
    with in_cache():
        note.parent.mkdir(parents=True, exist_ok=True)
        known = _read(note)
    if known.get("states") == [list(state) for state in states]:
        return known["hashes"]
    found = [sha256(path) for path in paths]
    if [_state(path) for path in paths] != states:
        raise Corrupt(f"{paths[0].parent}: files were changed while they were read. Start again.")
    if _settled(states):
        with in_cache():
            write(note, json.dumps({"states": states, "hashes": found}).encode())
    return found


def _settled(states: Sequence[State]) -> bool:
    """Whether the last change lies so far back that a further one would show in the times."""
    return all(time.time() - state[-1] / 1e9 > SETTLED_SECONDS for state in states)


def _state(path: Path) -> State:
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise MissingFile(f"There is no file {path}. Restore it.") from error
    return str(path), found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _read(note: Path) -> dict[str, Any]:
    """What was noted; nothing where the note is missing or damaged."""
    try:
        known = json.loads(note.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return known if isinstance(known, dict) and isinstance(known.get("hashes"), list) else {}


def _compare(path: Path, found: str, promised: Callable[[Path], dict[str, str]]) -> None:
    """Raise `Corrupt` if a list of checksums beside or above the file says another hash."""
    for folder in list(path.parents)[:3]:
        expected = promised(folder).get(path.relative_to(folder).as_posix())
        if expected and expected != found:
            message = f"{path} is not the file that {folder / CHECKSUMS} lists: expected SHA-256 {expected}, "
            raise Corrupt(f"{message}found {found}. Restore it, or write the list anew if it is outdated.")


def _promised(folder: Path) -> dict[str, str]:
    """Hashes by path, if the folder has a list."""
    path = folder / CHECKSUMS
    if not path.is_file():
        return {}
    lines = path.read_text("utf-8-sig", "replace").splitlines()
    told = [(i, line.strip()) for i, line in enumerate(lines, 1) if line.strip() and line[0] != "#"]
    return dict(_promise(line, f"{path}, line {i},") for i, line in told)


def _promise(line: str, where: str) -> tuple[str, str]:
    """The path and the hash that a line promises. Raises `Corrupt` for another kind of line."""
    found = LINE.fullmatch(line)
    if not found:
        message = f"{where} is not of the form 'HASH  FILE' with a SHA-256 of 64 digits."
        raise Corrupt(f"{message} Write it anew with sha256sum, or remove the list.")
    name, value = found["name"] or found["name2"], found["hash"] or found["hash2"]
    return name.removeprefix("./"), value.lower()
