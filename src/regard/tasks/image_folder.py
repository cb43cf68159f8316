"""A user's own images, in one folder per class."""

from pathlib import Path
from typing import get_args

from regard.core.errors import MissingFile
from regard.data.images import Collection, ImageClassification, ImageSettings
from regard.data.images.collection import Contents, PartName
from regard.data.images.rows import contents_in
from regard.data.images.tree import contents_of
from regard.data.sources import splits_in


def image_folder(
    *,
    data: str,
    resolution: int = 64,
    augmentation: tuple[str, ...] = ("crop", "flip"),
    held_out: float = 0.1,
    samples: int | None = None,
    data_seed: int = 0,
) -> ImageClassification:
    """Which class is it? Your own images, in the folder `data`: one folder per class, named after it.

    Layout: FOLDER/train/CLASS/IMAGE.jpg, and where you have them FOLDER/val/CLASS/IMAGE.jpg and
    FOLDER/test/CLASS/IMAGE.jpg; or FOLDER/CLASS/IMAGE.jpg alone. What is missing is taken out of training.
    Folders within a class belong to it, and files that are no images are left alone. Or parquet files in the
    layout of Hugging Face, with the columns `image` and `label`, as `regard task NAME --export` writes them:
    FOLDER/train.parquet, and where you have them FOLDER/validation.parquet and FOLDER/test.parquet.

    `held_out`: the share of images taken for validation, and for the test, where they are missing.
    `samples`: how many images to train on. `augmentation`: crop, flip, randaugment, trivialaugment, mixup,
    cutmix.
    """
    collection = Collection("image_folder", lambda: _contents(Path(data).expanduser()))
    return ImageClassification(
        collection,
        ImageSettings(
            resolution=resolution,
            augmentation=augmentation,
            held_out=held_out,
            samples=samples,
            data_seed=data_seed,
        ),
    )


def _contents(folder: Path) -> Contents:
    if not folder.is_dir():
        raise MissingFile(f"image_folder: there is no folder '{folder}'. Correct task.data.")
    files = {part: splits_in(folder, part) for part in get_args(PartName)}
    if files["train"]:
        return contents_in({part: paths for part, paths in files.items() if paths}, "image")
    return contents_of(folder)
