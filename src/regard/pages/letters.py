"""Letters that the figures' font lacks, in pictures made of pixels."""

import functools

from regard.pages.canvas import FONT
from regard.pages.plotting import FT2Font, font_manager

FALLBACKS = (
    "Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans JP", "Noto Sans SC", "WenQuanYi Zen Hei",
    "Droid Sans Fallback", "Hiragino Sans", "PingFang SC", "Microsoft YaHei", "Yu Gothic", "Arial Unicode MS",
    "Noto Emoji", "Symbola",
)  # fmt: skip
"""Looked for on the system, in this order; fonts of colored glyphs cannot be drawn."""


@functools.cache
def families() -> tuple[str, ...]:
    """The figures' font, and behind it those of the system that have further letters."""
    known = {entry.name for entry in font_manager.fontManager.ttflist}
    # where even the figures' font is missing, matplotlib takes another in its place
    return tuple(name for name in (FONT, *FALLBACKS) if name in known) or (FONT,)


def drawable(text: str) -> str:
    """The text with letters that no font has in escaped form, `\\u6ce8`, rather than as empty boxes."""
    return "".join(
        letter if ord(letter) in _letters() else letter.encode("unicode_escape").decode() for letter in text
    )


@functools.cache
def _letters() -> frozenset[int]:
    paths = [font_manager.findfont(name) for name in families()]
    return frozenset(code for path in paths for code in FT2Font(path).get_charmap())
