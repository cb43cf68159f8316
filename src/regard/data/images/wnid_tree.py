"""Parts of ImageNet as they are published: train/WNID/*.JPEG and val/WNID/*.JPEG."""

from collections.abc import Mapping
from pathlib import Path

from regard.core.errors import Corrupt, MissingFile
from regard.data.images.collection import ImageContents
from regard.data.images.tree import IMAGES, image_of
from regard.data.sources import Contents, folders_in, part_of


def contents_of(folder: Path, names: Mapping[str, str] | None = None) -> ImageContents:
    """The parts, in classes ordered by their WNIDs; the published validation images are the test.

    `names` says what the classes are called; without it they are called by their WNIDs. Raises `MissingFile`
    where a part or the images of a class are missing, and `Corrupt` for a class that has no name.
    """
    wnids = wnids_in(folder)
    return Contents(
        {
            "train": part_of(folder / "train", wnids, IMAGES, image_of),
            "test": part_of(part_folder(folder, "val"), wnids, IMAGES, image_of),
        },
        tuple(wnids) if names is None else tuple(_name(folder, wnid, names) for wnid in wnids),
    )


def wnids_in(folder: Path) -> list[str]:
    """The classes of the training images."""
    train = part_folder(folder, "train")
    wnids = [place.name for place in folders_in(train)]
    if not wnids:
        raise MissingFile(f"{train} has no folders of classes. Download the folder again.")
    return wnids


def part_folder(folder: Path, part: str) -> Path:
    """The folder of a part. Raises `MissingFile` where there is none."""
    if not (folder / part).is_dir():
        raise MissingFile(f"{folder} has no folder {part}. Download the folder again.")
    return folder / part


def _name(folder: Path, wnid: str, names: Mapping[str, str]) -> str:
    if wnid not in names:
        message = f"{folder / 'train'} has the class {wnid}, but the classes are {', '.join(names)}."
        raise Corrupt(f"{message} Remove it.")
    return names[wnid]
