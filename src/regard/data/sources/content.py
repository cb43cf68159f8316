"""What files hold, as one hash; and whether that is what a list of checksums promises."""

import functools
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
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

State = tuple[str, int, int]
"""A file's path, its size in bytes, and the time of its last change in nanoseconds."""


def content(files: Iterable[Path]) -> str:
    """The SHA-256 of all files, in order. It is remembered as long as sizes and times stay as they are.

    Where a file's folder or one of the two above has a file SHA256SUMS that lists it, the hash must be
    the one said there. Raises `Corrupt` where it is not, and `MissingFile` where there is no file.
    """
    paths = [path.absolute() for path in files]
    found = _remembered(paths)
    for path, each in zip(paths, found, strict=True):
        _compare(path, each)
    return hashlib.sha256("".join(found).encode()).hexdigest()


def _remembered(paths: Sequence[Path]) -> list[str]:
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
    with in_cache():
        write(note, json.dumps({"states": states, "hashes": found}).encode())
    return found


def _state(path: Path) -> State:
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise MissingFile(f"There is no file {path}. Restore it.") from error
    return str(path), status.st_size, status.st_mtime_ns


def _read(note: Path) -> dict[str, Any]:
    """What was noted; nothing where the note is missing or damaged."""
    try:
        known = json.loads(note.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return known if isinstance(known, dict) and isinstance(known.get("hashes"), list) else {}


def _compare(path: Path, found: str) -> None:
    """Raise `Corrupt` if a list of checksums beside or above the file says another hash."""
    for folder in list(path.parents)[:3]:
        expected = _promised(folder).get(path.relative_to(folder).as_posix())
        if expected and expected != found:
            message = f"{path} is not the file that {folder / CHECKSUMS} lists: expected SHA-256 {expected}, "
            raise Corrupt(f"{message}found {found}. Download it again.")


def _promised(folder: Path) -> dict[str, str]:
    """Hashes by path, if the folder has a list."""
    path = folder / CHECKSUMS
    return _parsed(path, path.stat().st_mtime_ns) if path.is_file() else {}


@functools.lru_cache(maxsize=8)
def _parsed(path: Path, _time: int) -> dict[str, str]:
    lines = path.read_text("utf-8", "replace").splitlines()
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
