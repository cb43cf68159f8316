"""ImageNet-100: photographs of a hundred kinds of things."""

from regard.data.images import Collection, ImageClassification, ImageSettings
from regard.data.images.finding import find_contents
from regard.data.images.wnid_tree import contents_of
from regard.data.sources import Layout, Source

SOURCE = Source("imagenet100", hub="clane9/imagenet-100")
LAYOUTS = (Layout("", "{train,val}/WNID/*.JPEG", contents_of, sign="train"),)


def imagenet100(
    *,
    resolution: int = 224,
    augmentation: tuple[str, ...] = ("crop", "flip", "randaugment", "mixup", "cutmix"),
    held_out: float = 0.1,
    samples: int | None = None,
    data: str | None = None,
    data_seed: int = 0,
) -> ImageClassification:
    """What does the photograph show? 100 classes of ImageNet with about 1,270 training images each; the
    published validation images, 50 per class, are the test.

    Source: Russakovsky et al. 2015, arXiv 1409.0575; the classes of Tian et al. 2020 (CMC), arXiv
    1906.05849. From parquet files, or images in `train/WNID` and `val/WNID`, in the folder `imagenet100` of a
    folder of data (`data`, else REGARD_DATA), or the hub's `clane9/imagenet-100`. At 224 pixels the decoded
    images take 20 GB in the cache, and once more where they are divided.

    `held_out`: the share of training images set apart for validation. `samples`: how many of the others
    to train on. `augmentation`: crop, flip, randaugment, trivialaugment, mixup, cutmix.
    """
    collection = Collection(
        "imagenet100",
        lambda: find_contents(SOURCE, LAYOUTS, {"train": "train", "test": "validation"}, "image", data),
        published={"train": 126_689, "test": 5_000},
        classes=100,
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
