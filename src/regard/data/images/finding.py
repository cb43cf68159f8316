"""A published set of images, in whichever files a folder of data or the hub has it."""

from collections.abc import Mapping, Sequence

from regard.data.images.collection import Contents, PartName
from regard.data.images.rows import contents_of
from regard.data.sources import Layout, Source, in_any_layout


def find_contents(
    source: Source,
    layouts: Sequence[Layout[Contents]],
    splits: Mapping[PartName, str],
    image: str,
    data: str | None,
) -> Contents:
    """From parquet, by the names of the splits and of the images' column in it; else from a layout."""
    return in_any_layout(source, layouts, lambda: contents_of(source, splits, image, data), data)
