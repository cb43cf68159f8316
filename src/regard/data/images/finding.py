"""A published set of images, in whichever files a folder of data or the hub has it."""

from collections.abc import Mapping, Sequence

from regard.data.images.collection import ImageContents
from regard.data.images.rows import contents_of
from regard.data.sources import Layout, PartName, Source, in_any_layout


def find_contents(
    source: Source,
    layouts: Sequence[Layout[ImageContents]],
    splits: Mapping[PartName, str],
    image: str,
    data: str | None,
) -> ImageContents:
    """From parquet, by the names of the splits and of the images' column in it; else from a layout."""
    return in_any_layout(source, layouts, lambda: contents_of(source, splits, image, data), data)
