"""Where a set of data lies: in a folder, or on the hub."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import final

from regard.core.errors import MissingFile, RegardError
from regard.data.sources import hub

ENVIRONMENT = "REGARD_DATA"
SYNONYMS = {"validation": ("validation", "valid", "val", "dev")}
"""What a split is called in file names; every other split by its own name alone."""


@final
@dataclass(frozen=True)
class Source:
    """A set of data: its names in a folder of data, and on the hub."""

    name: str
    """The folder FOLDER/NAME, and what errors call it."""
    hub: str
    """The repository on the Hugging Face hub, for instance `uoft-cs/cifar10`. In a folder of data it may
    lie under this name too, with or without the part before the slash."""
    folders: tuple[str, ...] = ()
    """Further names of the folder."""
    configuration: str | None = None
    """Which of a repository's several configurations."""

    @property
    def places(self) -> tuple[str, ...]:
        """Where to look in a folder of data, in this order."""
        names = (self.name, *self.folders, self.hub, self.hub.rpartition("/")[2])
        return tuple(dict.fromkeys(names))


def data_folder(data: str | None) -> Path | None:
    """The folder of data: the option `data`, else what REGARD_DATA names, else None.

    Raises `MissingFile` where it is named but does not exist.
    """
    named = data or os.environ.get(ENVIRONMENT)
    if not named:
        return None
    folder = Path(named).expanduser()
    if not folder.is_dir():
        origin = "task.data" if data else ENVIRONMENT
        raise MissingFile(f"{origin} names the folder '{named}', which does not exist. Correct {origin}.")
    return folder


def find(source: Source, split: str, data: str | None = None) -> list[Path]:
    """The parquet files of a split, or the arrow files that the hub's client makes of it, in order.

    `FOLDER/NAME/train.parquet` or its shards `train-00000-of-00002.parquet`, which may also lie in `data/`
    or in a folder named after the configuration, as in repositories of the hub. What the folder of data
    does not have comes from the hub. Raises `MissingFile`, which says where was looked and what to do.
    """
    folder = data_folder(data)
    place = folder and _place(folder, source)
    if place:
        found = splits_in(place, split, source.configuration or "default")
        return _complete(found, source, split, place)
    try:
        return hub.files(source.hub, SYNONYMS.get(split, (split,)), source.configuration)
    except RegardError as error:
        raise MissingFile(_nowhere(source, split, folder) + f" {error}") from error


def find_file(source: Source, name: str, data: str | None = None) -> Path:
    """One file by its path inside the set's folder. Raises `MissingFile`."""
    folder = data_folder(data)
    place = folder and _place(folder, source)
    if place and (place / name).is_file():
        return place / name
    sought = f"{place or (folder or 'FOLDER') / Path(source.name)}/{name}"
    message = f"{source.name}: there is no file {sought}. Name a folder of data that has it by {ENVIRONMENT} "
    raise MissingFile(message + "or task.data=FOLDER.")


def _place(folder: Path, source: Source) -> Path | None:
    """The folder of the set."""
    return next((folder / name for name in source.places if (folder / name).is_dir()), None)


def splits_in(place: Path, split: str, configuration: str = "default") -> list[Path]:
    """The parquet files of a split, from the first folder that has any: the place itself, `data` in it, or
    the folder of a configuration."""
    names = "|".join(SYNONYMS.get(split, (split,)))
    pattern = re.compile(rf"({names})(-\d+-of-\d+)?(-[0-9a-f]+)?\.parquet")
    for folder in (place, place / "data", place / configuration):
        found = sorted(path for path in _listed(folder) if pattern.fullmatch(path.name))
        if found:
            return found
    return []


def _listed(folder: Path) -> Iterator[Path]:
    return folder.iterdir() if folder.is_dir() else iter(())


def _complete(files: list[Path], source: Source, split: str, place: Path) -> list[Path]:
    """The files, unless there is none or a shard is missing."""
    if not files:
        message = f"{source.name}: {place} has no {split}.parquet, nor shards of it such as "
        raise MissingFile(f"{message}{split}-00000-of-00002.parquet. Put them there.")
    numbers = [re.search(r"-(\d+)-of-(\d+)", path.name) for path in files]
    shards = {int(number[1]) for number in numbers if number}
    expected = {int(number[2]) for number in numbers if number}
    if not expected and len(files) > 1:
        message = (
            f"{source.name}: {split} lies in {files[0].parent} twice: {files[0].name} and {files[1].name}. "
        )
        raise MissingFile(f"{message}Keep one of them.")
    if not expected:
        return files
    whole = set(range(max(expected)))
    if shards != whole or len(expected) > 1 or len(files) != len(shards):
        missing = sorted(whole - shards)
        what = f"shard {missing[0]} is missing" if missing else "shards of different divisions are mixed"
        message = f"{source.name}: of {split} in {files[0].parent} {what}. Download the folder again."
        raise MissingFile(message)
    return files


def _nowhere(source: Source, split: str, folder: Path | None) -> str:
    """Where was looked in vain."""
    looked = f"{folder} has no folder {source.name}" if folder else f"{ENVIRONMENT} names no folder of data"
    return (
        f"{source.name}: the split {split} was not found: {looked}, and the hub gave nothing. Name a "
        f"folder that has {source.name}/{split}.parquet by {ENVIRONMENT} or task.data=FOLDER."
    )
