"""The pixels of a part, decoded once into the cache."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from regard.data.images.collection import ImagePart
from regard.data.images.decode import VERSION, fitted
from regard.data.sources import Writer, cached

AT_ONCE = 64
"""Images of the task's size that are copied at one time."""
LOSSY = ("JPEG", "MPO")
"""Formats that lose something, by Pillow's names; the second is that of many telephones."""


@final
@dataclass(frozen=True)
class Pixels:
    """All images of a part at one size."""

    images: NDArray[np.uint8]
    """(s, channels, side, side), memory-mapped."""
    identities: NDArray[np.int64]
    """(s,): equal where images are."""
    sums: NDArray[np.int64]
    """(s, 2, channels): the sums of each image's levels, and of their squares."""
    lossy: NDArray[np.bool_]
    """(s,): which were JPEG."""

    def statistics(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation of the levels of each channel, (channels,), over these images."""
        total = self.sums[rows].sum(0) / (len(rows) * self.images[0, 0].size)
        mean, square = total[0], total[1]
        # an image of one gray everywhere has deviation 0
        return mean, np.sqrt((square - mean**2).clip(min=1.0))


def identity(image: NDArray[np.uint8]) -> int:
    """64 bits that are the same for equal images."""
    return int.from_bytes(hashlib.blake2b(image.tobytes(), digest_size=8).digest(), "big", signed=True)


def pixels_of(name: str, part: ImagePart, side: int, channels: int) -> Pixels:
    """The part's pixels, from the cache or into it."""
    key = f"{part.content} {side} {channels} {VERSION}"
    arrays = cached(name, key, lambda writer: _decode(writer, part, side, channels))
    return Pixels(arrays["images"], arrays["identities"], arrays["sums"], arrays["lossy"])


def gathered(name: str, key: str, images: NDArray[np.uint8], rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    """These images in this order as an array of the cache, for what does not fit into memory."""

    def write(writer: Writer) -> None:
        with writer.growing("images", np.uint8, (len(rows), *images.shape[1:])) as array:
            for start in range(0, len(rows), AT_ONCE):
                array.append(images[rows[start : start + AT_ONCE]])

    return cached(name, f"{key} {identity(rows.view(np.uint8))}", write)["images"]


def _decode(writer: Writer, part: ImagePart, side: int, channels: int) -> None:
    """Write all arrays. One image at a time is in memory at its own size, however many there are."""
    count = len(part.labels)
    rest: dict[str, NDArray[Any]] = {
        "identities": np.zeros(count, np.int64),
        "sums": np.zeros((count, 2, channels), np.int64),
        "lossy": np.zeros(count, np.bool_),
    }
    with writer.growing("images", np.uint8, (count, channels, side, side)) as images:
        for row, lossy, image in _fitted(part, side, channels):
            images.append(image[None])
            levels = image.astype(np.int64)
            rest["identities"][row] = identity(image)
            rest["sums"][row] = np.stack([levels.sum((1, 2)), (levels**2).sum((1, 2))])
            rest["lossy"][row] = lossy
    for name, array in rest.items():
        writer.save(name, array)


def _fitted(part: ImagePart, side: int, channels: int) -> Iterator[tuple[int, bool, NDArray[np.uint8]]]:
    """Each image: its number, whether it was compressed with loss, and its pixels."""
    for row, source in enumerate(part.items()):
        lossy = source.image.format in LOSSY
        yield row, lossy, fitted(source.image, side, channels, source.where)
        del source  # the next one is not opened beside it
