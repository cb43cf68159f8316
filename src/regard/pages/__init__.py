"""The kit of pages: self-contained files that open without a network. Knows no torch.

A use draws its figures on the canvas (`canvas`), writes a template that extends `shell.html`, and calls
`render(template, values)`. What pages share is here: palette, scales, ticks, labels, numbers, tables.
"""

from regard.pages.photo import Photo
from regard.pages.plate import Plate
from regard.pages.template import render

__all__ = ["Photo", "Plate", "render"]
