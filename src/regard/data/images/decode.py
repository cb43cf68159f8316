"""Encoded images of any kind to arrays of one size."""

import functools
import io
import struct
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from regard.core.errors import Corrupt

REMEDY = "Replace it by a sound copy, or remove it."
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP", "AVIF", "JPEG2000", "PPM", "TGA", "ICO")
"""What is decoded, by Pillow's names: no format that runs other programs, as EPS does."""
DAMAGE = (OSError, ValueError, SyntaxError, TypeError, struct.error)
"""What Pillow raises for files that are not what they say."""
MODES = {1: "L", 3: "RGB"}
"""What an image is converted to, by its number of channels."""
VERSION = 2
"""Of what this file does to an image: another number makes all caches anew."""


def opened(encoded: bytes | None, where: str) -> Image.Image:
    """An encoded image, its pixels not read yet. Raises `Corrupt`, which says where it was."""
    if not encoded:
        raise Corrupt(f"{where} holds no image. {REMEDY}")
    try:
        with warnings.catch_warnings():
            # 89 million pixels only warn, twice as many are refused: here both are
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(encoded), formats=_formats())
    except UnidentifiedImageError as error:
        raise Corrupt(f"{where} is no image that can be read. {REMEDY}") from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        message = f"{where} has more than {Image.MAX_IMAGE_PIXELS:,} pixels, as a decompression bomb has."
        raise Corrupt(f"{message} Remove it.") from error
    except DAMAGE as error:
        raise Corrupt(f"{where} is damaged: {error}. {REMEDY}") from error


@functools.cache
def _formats() -> tuple[str, ...]:
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def fitted(image: Image.Image, side: int, channels: int, where: str) -> NDArray[np.uint8]:
    """The image, upright, as (channels, side, side): the shorter side is resized to `side` (bicubic,
    smoothed when it shrinks), then the middle is cut out. Raises `Corrupt`, which says where it was.
    """
    try:
        image.load()
        image = ImageOps.exif_transpose(image)
    except DAMAGE as error:
        raise Corrupt(f"{where} is damaged: {error}. {REMEDY}") from error
    image = _plain(image, MODES[channels], where)
    if image.size != (side, side):
        image = ImageOps.fit(image, (side, side), Image.Resampling.BICUBIC)
    pixels = np.asarray(image, np.uint8).reshape(side, side, channels)
    return pixels.transpose(2, 0, 1)


def _plain(image: Image.Image, mode: str, where: str) -> Image.Image:
    """The image with 8 bits per channel, opaque, in the given mode."""
    if image.mode in ("I", "F"):
        message = f"{where} has 32-bit levels, whose range nothing says."
        raise Corrupt(f"{message} Save it with 8 or 16 bits per channel.")
    if image.mode.startswith("I;16"):
        # Pillow would cut 16 bits off at 255 instead of scaling them
        levels = (np.asarray(image, np.uint32) + 128) // 257
        image = Image.fromarray(levels.astype(np.uint8))
    if image.has_transparency_data:
        # what is behind a transparent pixel is anything: black, whatever the encoder left there
        color = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (0, 0, 0, 255)), color)
    return image.convert(mode)
