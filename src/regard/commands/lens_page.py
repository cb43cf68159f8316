"""The page of the lens as large as a browser bears."""

from regard.core.errors import InvalidOption
from regard.core.results import LensResult
from regard.maps.views.reduced import reduced
from regard.report.lens import render_lens

BUDGET = 30_000_000
"""Bytes of maps, as text, up to which they are there as they are."""

LARGEST = 50_000_000
"""Bytes of a page."""


def page_of(result: LensResult) -> str:
    """The page; maps of long sequences are in blocks, with exact rows for what is answered.

    Raises `InvalidOption` for a page that no browser would bear.
    """
    page = render_lens(reduced(result, BUDGET))
    if len(page) > LARGEST:
        raise InvalidOption(
            f"The page would have {len(page) / 1e6:.0f} MB, and a browser bears {LARGEST / 1e6:.0f}. "
            "Show fewer examples (--examples), no mean (--mean 0), or fewer levels (levels= in Python)."
        )
    return page
