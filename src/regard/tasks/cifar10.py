"""CIFAR-10: small photographs of ten kinds of things."""

from regard.data.images import Collection, ImageClassification, ImageSettings
from regard.data.images.cifar_batches import binary_contents, pickled_contents
from regard.data.images.finding import find_contents
from regard.data.sources import Layout, Source
from regard.data.task import LookUp

SOURCE = Source("cifar10", hub="uoft-cs/cifar10", configuration="plain_text")
LAYOUTS = (
    Layout("cifar-10-batches-bin", "data_batch_1.bin", binary_contents),
    Layout("cifar-10-batches-py", "data_batch_1", pickled_contents),
)


def cifar10(
    *,
    resolution: int = 32,
    augmentation: tuple[str, ...] = ("crop", "flip"),
    held_out: float = 0.1,
    samples: int | None = None,
    data: str | None = None,
    data_seed: int = 0,
) -> ImageClassification:
    """What does the photograph show? 50,000 images for training and 10,000 for the test, 32x32 pixels,
    in ten classes of equal size.

    Source: Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images. From parquet files,
    `cifar-10-batches-bin` or `cifar-10-batches-py` in a folder of data (`data`, else REGARD_DATA), or the
    hub's `uoft-cs/cifar10`. A copy compressed as JPEG is not what published scores were measured on: then
    `note` says so.

    `held_out`: the share of training images set apart for validation, 5,000 by default. `samples`: how
    many of the others to train on. `augmentation`: crop, flip, randaugment, trivialaugment, mixup, cutmix.
    """
    collection = Collection(
        "cifar10",
        lambda: find_contents(SOURCE, LAYOUTS, {"train": "train", "test": "test"}, "img", data),
        published={"train": 50_000, "test": 10_000},
        classes=10,
        lossless=True,
        known_look_up=LookUp(0.177, "bright and dark at the border say something of what is shown"),
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
