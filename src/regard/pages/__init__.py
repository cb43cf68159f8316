"""The kit of pages: self-contained files that open without a network. Knows no torch.

A use draws its figures on the canvas (`canvas`), writes a template that extends `shell.html`, and calls
`render(template, values)`. What pages share is here: palette, scales, ticks, labels, numbers, tables.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regard.pages.photo import Photo
    from regard.pages.plate import Plate
    from regard.pages.template import render

__all__ = ["Photo", "Plate", "render"]

_HOMES = {"Photo": "photo", "Plate": "plate", "render": "template"}
"""Loaded when they are asked for: a table in the terminal needs the numbers alone, and no matplotlib."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'regard.pages' has no attribute '{name}'")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
