"""Arrays that are made once and memory-mapped ever after."""

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from regard.core.errors import Corrupt, MissingFile
from regard.data.sources.cache_folder import cache_folder, in_cache
from regard.data.sources.content import hashes
from regard.data.sources.writer import Writer

MANIFEST = "manifest.json"
PARTIAL = ".partial"
KEY_LENGTH = 16

Arrays = dict[str, "np.memmap[Any, Any]"]


def cached(name: str, key: str, make: Callable[[Writer], None]) -> Arrays:
    """The arrays called `name`, for everything that decides what is in them, said by `key`.

    `make` writes them where the cache does not have them, or has them damaged: every array is compared with
    its checksum, which is computed again only for files that have changed, as `content` tells. Of several
    processes one makes them and the others wait. The arrays are memory-mapped; to change one changes no
    file. Raises `Unwritable`, with nothing half left.
    """
    place = cache_folder() / name / hashlib.sha256(key.encode()).hexdigest()[:KEY_LENGTH]
    try:
        return _mapped(place)
    except Corrupt:
        with _locked(place):
            return _mended(place, make)


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    """Be the only one who makes what belongs there."""
    with in_cache():
        place.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(_lock_of(place))
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _mended(place: Path, make: Callable[[Writer], None]) -> Arrays:
    """The arrays, made anew unless another process has made them by now. The lock is held."""
    try:
        return _mapped(place)
    except Corrupt as error:
        if place.is_dir():
            logging.getLogger(__name__).warning("%s It is made anew.", error)
        return _made(place, make)


def _made(place: Path, make: Callable[[Writer], None]) -> Arrays:
    """The arrays, new. The lock is held."""
    _sweep(place.parent)
    logging.getLogger(__name__).info("Preparing %s, once, in %s", place.parent.name, place)
    partial = place.with_name(f"{place.name}{PARTIAL}")
    writer = Writer(partial)
    try:
        with in_cache():
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
        make(writer)
        with in_cache():
            (partial / MANIFEST).write_text(json.dumps(writer.manifest()), "utf-8")
            shutil.rmtree(place, ignore_errors=True)
            partial.rename(place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return _mapped(place)


def _mapped(place: Path) -> Arrays:
    """The arrays. Raises `Corrupt` unless there are some and every one is as its manifest says."""
    try:
        manifest = json.loads((place / MANIFEST).read_text("utf-8"))
        if not manifest:
            raise ValueError("its manifest is empty")
        paths = [place / f"{name}.npy" for name in manifest]
        found = zip(manifest.items(), paths, hashes(paths), strict=True)
        return {name: _array(path, entry, checksum) for (name, entry), path, checksum in found}
    except (MissingFile, OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise Corrupt(f"The cache's {place} is damaged: {error}.") from error


def _array(path: Path, entry: dict[str, Any], checksum: str) -> "np.memmap[Any, Any]":
    if checksum != entry["sha256"]:
        raise ValueError(f"{path.name} has another checksum")
    # changes stay in memory: torch does not take arrays that cannot be written
    array = np.load(path, mmap_mode="c", allow_pickle=False)
    if [array.dtype.str, list(array.shape)] != [entry["dtype"], entry["shape"]]:
        raise ValueError(f"{path.name} has another shape")
    return array


def _lock_of(place: Path) -> Path:
    return place.with_name(f".{place.name}.lock")


def _sweep(folder: Path) -> None:
    """Remove what killed processes have left: whatever is partial though nobody holds its lock."""
    for partial in folder.glob(f"*{PARTIAL}"):
        lock = FileLock(_lock_of(partial.with_suffix("")), timeout=0)
        try:
            with lock:
                shutil.rmtree(partial, ignore_errors=True)
        except Timeout:
            continue
