"""A picture in pixels, as a page holds it."""

import base64
from dataclasses import dataclass
from typing import Self, final


@final
@dataclass(frozen=True)
class Photo:
    """A PNG inside the page, in words for who cannot see it, and how to read it."""

    data: str
    """The PNG as a `data:` address."""
    alt: str
    caption: str
    width: int
    """In units: the page never shows it larger, nor so small that its text cannot be read."""

    @classmethod
    def of(cls, png: bytes, alt: str, caption: str) -> Self:
        """The content of a PNG file with two pixels per unit."""
        data = "data:image/png;base64," + base64.b64encode(png).decode()
        # a PNG tells its width in the bytes from 16 to 20
        return cls(data, alt, caption, int.from_bytes(png[16:20]) // 2)
