"""Images as files, in one folder per class."""

from pathlib import Path

from regard.core.errors import Corrupt
from regard.data.images.collection import SourceImage
from regard.data.images.decode import opened
from regard.data.sources import FileKind

IMAGES = FileKind(
    "images",
    frozenset(
        {".jpg", ".jpeg", ".jpe", ".jfif", ".jp2", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".avif"}
        | {".ppm", ".pgm", ".pbm", ".tga"}
    ),
    "IMAGE.jpg",
)
LARGEST = 2**28
"""Bytes of a file."""


def image_of(path: Path) -> SourceImage:
    """The image in a file. Raises `Corrupt`."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise Corrupt(f"{path} has {size:,} bytes, more than {LARGEST:,}. Make it smaller, or remove it.")
        encoded = path.read_bytes()
    except OSError as error:
        raise Corrupt(f"{path} cannot be read: {error.strerror}. Restore it.") from error
    return SourceImage(opened(encoded, str(path)), str(path))
