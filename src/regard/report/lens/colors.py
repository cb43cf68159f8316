"""Colors of maps: tables of 256 of matplotlib's colors, one for light and one for dark pages."""

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from regard.pages.plotting import mpl

COLORS = 256

_AROUND_DARK = ("#ffd9a8", "#ff9d4d", "#a34d12", "#14191f", "#1c5f9e", "#58b2f2", "#cdeaff")
"""From below 0 to above it. What matplotlib has with a dark middle came with its version 3.10."""


def color_tables() -> Mapping[str, Mapping[str, str]]:
    """By scheme and kind: red, green and blue of each color as bytes in base64.

    Sequential tables run from 0, which is near the ground of the page, to the largest entry; diverging ones
    from the largest size below 0 to the largest above it, and 0 is in the middle.
    """
    from regard.pages.plotting import mpl  # noqa: PLC0415 - it loads matplotlib

    maps = mpl.colormaps
    around_dark = mpl.colors.LinearSegmentedColormap.from_list("around_dark", _AROUND_DARK, COLORS)
    return {
        "light": {"sequential": _table(maps["Blues"]), "diverging": _table(maps["RdBu"])},
        "dark": {"sequential": _table(maps["magma"]), "diverging": _table(around_dark)},
    }


def _table(colors: "mpl.colors.Colormap") -> str:
    table: np.ndarray = np.rint(255 * colors(np.linspace(0, 1, COLORS))[:, :3]).astype(np.uint8)
    return base64.b64encode(table.tobytes()).decode()
