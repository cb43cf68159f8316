"""Tiny ImageNet: small photographs of two hundred kinds of things."""

from regard.data.images import Collection, ImageClassification, ImageSettings
from regard.data.images.annotated_tree import contents_of
from regard.data.images.finding import find_contents
from regard.data.sources import Layout, Source

SOURCE = Source("tiny_imagenet", hub="zh-plus/tiny-imagenet", folders=("tiny_imagenet_100",))
LAYOUTS = (Layout("tiny-imagenet-200", "{train/WNID,val}/images/*.JPEG", contents_of),)


def tiny_imagenet(
    *,
    resolution: int = 64,
    augmentation: tuple[str, ...] = ("crop", "flip"),
    held_out: float = 0.1,
    samples: int | None = None,
    data: str | None = None,
    data_seed: int = 0,
) -> ImageClassification:
    """What does the photograph show? 200 classes of ImageNet at 64x64 pixels, 500 training images each;
    the published validation images, 50 per class, are the test.

    Source: Le & Yang 2015, Tiny ImageNet Visual Recognition Challenge. From parquet files or the folder
    `tiny-imagenet-200` in a folder of data (`data`, else REGARD_DATA), where `tiny_imagenet_100` has half of
    the classes, or the hub's `zh-plus/tiny-imagenet`. Where a folder has fewer classes or images, `note`
    says so.

    `held_out`: the share of training images set apart for validation. `samples`: how many of the others
    to train on. `augmentation`: crop, flip, randaugment, trivialaugment, mixup, cutmix.
    """
    collection = Collection(
        "tiny_imagenet",
        lambda: find_contents(SOURCE, LAYOUTS, {"train": "train", "test": "validation"}, "image", data),
        published={"train": 100_000, "test": 10_000},
        classes=200,
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
