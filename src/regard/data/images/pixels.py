"""The pixels of a part, decoded once into the cache."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from regard.data.division import identity
from regard.data.images.collection import ImagePart
from regard.data.images.decode import VERSION, fitted
from regard.data.sources import Writer, cached

AT_ONCE = 64
"""Images of the task's size that are written at one time, at most."""
LEVELS_AT_ONCE = 2**22
"""Their levels together, at most."""
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
    found = _fitted(part, side, channels)
    at_once = max(1, min(AT_ONCE, LEVELS_AT_ONCE // (channels * side**2)))
    with writer.growing("images", np.uint8, (count, channels, side, side)) as images:
        for start in range(0, count, at_once):
            some = list(islice(found, at_once))
            block = np.stack([image for image, _ in some])
            images.append(block)
            levels = block.astype(np.int64)
            rows = slice(start, start + at_once)
            rest["identities"][rows] = [identity(image) for image in block]
            rest["sums"][rows] = np.stack([levels.sum((2, 3)), (levels**2).sum((2, 3))], 1)
            rest["lossy"][rows] = [lossy for _, lossy in some]
    for name, array in rest.items():
        writer.save(name, array)


def _fitted(part: ImagePart, side: int, channels: int) -> Iterator[tuple[NDArray[np.uint8], bool]]:
    """The pixels of each image, and whether it was compressed with loss."""
    for source in part.items():
        lossy = source.image.format in LOSSY
        yield fitted(source.image, side, channels, source.where), lossy
        del source  # the next one is not opened beside it
