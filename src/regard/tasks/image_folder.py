"""A user's own images, in one folder per class."""

from pathlib import Path

from regard.data.images import Collection, ImageClassification, ImageSettings
from regard.data.images.collection import ImageContents
from regard.data.images.rows import own_rows
from regard.data.images.tree import IMAGES, image_of
from regard.data.sources import Columns, own_tables, place_of_own, refuse_columns, require_columns, tree_in


def image_folder(
    *,
    data: str,
    image: str = "image",
    label: str = "label",
    resolution: int = 64,
    augmentation: tuple[str, ...] = ("crop", "flip"),
    held_out: float = 0.1,
    samples: int | None = None,
    data_seed: int = 0,
) -> ImageClassification:
    """Which class is it? Your own images, in the folder `data`: one folder per class, named after it.

    Layout: FOLDER/train/CLASS/IMAGE.jpg, and where you have them FOLDER/val/CLASS/IMAGE.jpg and
    FOLDER/test/CLASS/IMAGE.jpg; or FOLDER/CLASS/IMAGE.jpg alone. What is missing is taken out of training.
    Folders within a class belong to it, links are followed, and hidden files and files that are no images are
    left alone. Or tables with the columns `image` and `label`: FOLDER/train.parquet, or its shards, and where
    you have them FOLDER/validation.parquet and FOLDER/test.parquet, as `regard task NAME --export` writes
    them; what `save_to_disk` of Hugging Face writes; or CSV, TSV and JSON lines whose column `image` names
    files, from the folder of the table. `data` may also be one such file. Classes are the labels that occur.

    `held_out`: the share of images taken for validation, and for the test, where they are missing.
    `samples`: how many images to train on. `augmentation`: crop, flip, randaugment, trivialaugment, mixup,
    cutmix.
    """
    columns = Columns(image, label)
    collection = Collection("image_folder", lambda: _contents(place_of_own(data), columns))
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


def _contents(place: Path, columns: Columns) -> ImageContents:
    files = own_tables(place)
    if files is None:
        refuse_columns(place, columns, Columns("image", "label"))
        return tree_in(place, IMAGES, image_of)
    require_columns(files, columns, Columns("image", "label"))
    return own_rows(files, columns)
