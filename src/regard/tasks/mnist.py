"""MNIST: handwritten digits."""

from regard.data.images import Collection, ImageClassification, ImageSettings
from regard.data.images.finding import find_contents
from regard.data.images.idx import contents_of
from regard.data.sources import Layout, Source
from regard.data.task import LookUp

SOURCE = Source("mnist", hub="ylecun/mnist", configuration="mnist")
FILE = "train-images[-.]idx3-ubyte"
LAYOUTS = tuple(Layout(folder, f"{FILE}[.gz]", contents_of, sign=f"{FILE}*") for folder in ("", "MNIST/raw"))


def mnist(
    *,
    resolution: int = 28,
    augmentation: tuple[str, ...] = ("crop",),
    held_out: float = 0.1,
    samples: int | None = None,
    data: str | None = None,
    data_seed: int = 0,
) -> ImageClassification:
    """Which digit is it? 60,000 images for training and 10,000 for the test, 28x28 gray pixels.

    Source: LeCun, Bottou, Bengio & Haffner 1998, Gradient-Based Learning Applied to Document Recognition.
    From parquet files or the four files *-ubyte, compressed or not, in a folder of data (`data`, else
    REGARD_DATA), where `MNIST/raw` holds them too; or from the hub's `ylecun/mnist`.

    `held_out`: the share of training images set apart for validation. `samples`: how many of the others
    to train on. `augmentation`: crop, randaugment, trivialaugment, mixup, cutmix; flip makes no digits.
    """
    collection = Collection(
        "mnist",
        lambda: find_contents(SOURCE, LAYOUTS, {"train": "train", "test": "test"}, "image", data),
        channels=1,
        published={"train": 60_000, "test": 10_000},
        classes=10,
        lossless=True,
        known_look_up=LookUp(0.24, "where there is ink says something of the digit"),
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
