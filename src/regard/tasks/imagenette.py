"""Imagenette: photographs of ten kinds of things that are easy to tell apart."""

from functools import partial

from regard.data.images import Collection, ImageClassification, ImageSettings
from regard.data.images.finding import find_contents
from regard.data.images.wnid_tree import contents_of
from regard.data.sources import Layout, Source

SOURCE = Source("imagenette", hub="frgfm/imagenette", folders=("imagenette_224",), configuration="320px")
NAMES = {
    "n01440764": "tench",
    "n02102040": "English springer",
    "n02979186": "cassette player",
    "n03000684": "chain saw",
    "n03028079": "church",
    "n03394916": "French horn",
    "n03417042": "garbage truck",
    "n03425413": "gas pump",
    "n03445777": "golf ball",
    "n03888257": "parachute",
}
"""What the hub's version calls the classes."""
# the size that the hub gives comes first
LAYOUTS = tuple(
    Layout(folder, "{train,val}/WNID/*.JPEG", partial(contents_of, names=NAMES))
    for folder in ("imagenette2-320", "imagenette2", "imagenette2-160")
)


def imagenette(
    *,
    resolution: int = 64,
    augmentation: tuple[str, ...] = ("crop", "flip"),
    held_out: float = 0.1,
    samples: int | None = None,
    data: str | None = None,
    data_seed: int = 0,
) -> ImageClassification:
    """What does the photograph show? Ten classes of ImageNet, 9,469 images for training; the 3,925
    published validation images are the test.

    Source: Howard 2019, https://github.com/fastai/imagenette. From parquet files, or the folder
    `imagenette2-320`, `imagenette2` or `imagenette2-160`, in a folder of data (`data`, else REGARD_DATA), or
    the hub's `frgfm/imagenette` at 320 pixels. Where a folder has fewer images, `note` says so.

    `held_out`: the share of training images set apart for validation. `samples`: how many of the others
    to train on. `augmentation`: crop, flip, randaugment, trivialaugment, mixup, cutmix.
    """
    collection = Collection(
        "imagenette",
        lambda: find_contents(SOURCE, LAYOUTS, {"train": "train", "test": "validation"}, "image", data),
        published={"train": 9_469, "test": 3_925},
        classes=10,
    )
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
