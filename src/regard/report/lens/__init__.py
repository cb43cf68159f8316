"""The page of the lens: one file in which maps are looked at. Knows no torch."""

from regard.report.lens.frame import framed
from regard.report.lens.page import render_lens

__all__ = ["framed", "render_lens"]
