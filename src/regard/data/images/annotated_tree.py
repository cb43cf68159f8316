"""Tiny ImageNet as it was published: the classes of the validation images stand in a list."""

from pathlib import Path

from regard.core.errors import Corrupt, MissingFile
from regard.data.images.collection import ImageContents, SourceImage
from regard.data.images.tree import IMAGES, image_of
from regard.data.images.wnid_tree import part_folder, wnids_in
from regard.data.sources import Contents, Tree, content, files_in, part_of
from regard.data.text import text_of

ANNOTATIONS = "val_annotations.txt"


def contents_of(folder: Path) -> ImageContents:
    """The parts of `train/WNID/images/*.JPEG` and `val/images/*.JPEG`, in classes ordered by their WNIDs.

    The published validation images are the test, in the order of `val/val_annotations.txt`; or they lie in
    `val/WNID/` already. Raises `MissingFile` and `Corrupt`.
    """
    wnids = wnids_in(folder)
    val = part_folder(folder, "val")
    train = part_of(folder / "train", wnids, IMAGES, image_of)
    test = _annotated(val, wnids) if _images_in(val) else part_of(val, wnids, IMAGES, image_of)
    return Contents({"train": train, "test": test}, tuple(wnids))


def _images_in(val: Path) -> list[Path]:
    place = val / "images"
    return files_in(place, IMAGES.suffixes) if place.is_dir() else []


def _annotated(val: Path, wnids: list[str]) -> Tree[SourceImage]:
    """The images in `val/images`, each with the class that its line names."""
    path = val / ANNOTATIONS
    images = {image.name: image for image in _images_in(val)}
    numbers = {wnid: number for number, wnid in enumerate(wnids)}
    named = _named(path)
    for name, wnid in named.items():
        if name not in images:
            raise MissingFile(f"{path} names {name}, but {val / 'images'} has no such image. Restore it.")
        if wnid not in numbers:
            message = f"{path} says that {name} is of the class {wnid}, which has no training images."
            raise Corrupt(f"{message} Download the folder again.")
    unnamed = sorted(images.keys() - named.keys())
    if unnamed:
        raise Corrupt(f"{images[unnamed[0]]} has no line in {path}. Download the folder again.")
    labels = [numbers[wnid] for wnid in named.values()]
    return Tree(val, [images[name] for name in named], labels, image_of)


def _named(path: Path) -> dict[str, str]:
    """The WNID of each file, in the order of the lines."""
    text = text_of(path)
    content([path])  # compares the checksum where there is a list of them
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, *rest = line.split("\t")
        if not rest or name in found:
            what = f"names {name} again" if name in found else "is not of the form FILE TAB WNID"
            raise Corrupt(f"{path}, line {number}, {what}. Download it again.")
        found[name] = rest[0]
    return found
