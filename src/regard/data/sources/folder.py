"""Where a published set of data lies: in a folder, or on the hub."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

from regard.core.errors import MissingFile, RegardError
from regard.data.sources import hub
from regard.data.sources.shards import shards_in

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
    or in a folder named after the configuration, as in repositories of the hub; FOLDER may also be the set's
    own folder. What the folder that REGARD_DATA names does not have comes from the hub. Raises `MissingFile`,
    which says where was looked and what to do.
    """
    folder = data_folder(data)
    place = folder and place_of(source, folder, owned=data is not None)
    if place:
        return _parquet(source, split, place)
    if data is not None:
        message = f"{source.name}: the split {split} was not found: task.data names {folder}, where neither "
        message += f"{source.name}/{split}.parquet nor {split}.parquet lies."
        raise MissingFile(f"{message} Correct task.data, or leave it out to fetch the set from the hub.")
    try:
        return hub.files(source.hub, _names_of(split), source.configuration)
    except RegardError as error:
        if folder and _shards(source, split, folder):
            message = (
                f"{source.name}: the split {split} was not found: {folder} has no folder {source.name}, but "
            )
            message += f"holds {split}.parquet itself. If that is the set, name it by task.data={folder}."
            raise MissingFile(message) from error
        raise MissingFile(_nowhere(source, split, folder) + f" {error}") from error


def find_file(source: Source, name: str, data: str | None = None) -> Path:
    """One file by its path inside the set's folder. Raises `MissingFile`."""
    folder = data_folder(data)
    place = folder and place_of(source, folder, owned=data is not None)
    if place and (place / name).is_file():
        return place / name
    sought = f"{place or (folder or 'FOLDER') / Path(source.name)}/{name}"
    message = f"{source.name}: there is no file {sought}. Name a folder of data that has it by {ENVIRONMENT} "
    raise MissingFile(message + "or task.data=FOLDER.")


def place_of(source: Source, folder: Path, *, owned: bool) -> Path | None:
    """The folder of the set in a folder of data; or that folder itself, if it is called like the set.

    `owned` says that the folder was named for this set alone: then it is the set's own if it holds splits.
    """
    inside = next((folder / name for name in source.places if (folder / name).is_dir()), None)
    if inside:
        return inside
    parquet = owned and _shards(source, "train", folder)
    return folder if parquet or is_own(source, folder) else None


def is_own(source: Source, folder: Path) -> bool:
    """Whether a folder is called like the set."""
    return folder.resolve().name in {name.rpartition("/")[2] for name in source.places}


def _parquet(source: Source, split: str, place: Path) -> list[Path]:
    found = _shards(source, split, place)
    if not found:
        message = f"{source.name}: {place} has no {split}.parquet, nor shards of it such as "
        raise MissingFile(f"{message}{split}-00000-of-00002.parquet. Put them there.")
    return found


def _shards(source: Source, split: str, place: Path) -> list[Path]:
    return shards_in(place, _names_of(split), {".parquet"}, source.configuration or "default")


def _names_of(split: str) -> Sequence[str]:
    return SYNONYMS.get(split, (split,))


def _nowhere(source: Source, split: str, folder: Path | None) -> str:
    """Where was looked in vain."""
    looked = f"{folder} has no folder {source.name}" if folder else f"{ENVIRONMENT} names no folder of data"
    return (
        f"{source.name}: the split {split} was not found: {looked}, and the hub gave nothing. Name a "
        f"folder that has {source.name}/{split}.parquet by {ENVIRONMENT} or task.data=FOLDER."
    )
