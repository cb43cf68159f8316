"""What figures read of a view: maps as arrays, under one level for all layers."""

import base64
import gzip
from collections.abc import Iterator, Sequence

import numpy as np

from regard.core.results.lens import LayerView, LensModel, MapBlock, View

LEVELS = ("weights", "operator", "contribution", "relevance", "influence")
"""The first that all layers have is drawn."""

SHARES = ("weights", "contribution")
"""Levels that say which share of what a query reads comes from which key, once rows sum to 1."""


def unpacked(block: MapBlock) -> np.ndarray:
    """The maps that a block holds, (heads, n, m)."""
    data = np.frombuffer(gzip.decompress(base64.b64decode(block.data)), np.uint8).astype(np.float64)
    levels = data.reshape(block.heads, block.queries, block.keys)
    roots = (levels - 128) / 127 if block.signed else levels / 255
    return np.asarray(block.peaks)[:, None, None] * roots * np.abs(roots)


def level_of(view: View, levels: Sequence[str] = LEVELS) -> str | None:
    """The level that is drawn, the first that all layers with maps have; None where there is none."""
    shown = [layer for layer in view.layers if layer.maps]
    return next((level for level in levels if shown and all(level in each.maps for each in shown)), None)


def shares(layer: LayerView) -> np.ndarray | None:
    """The first level of shares with rows that sum to at most 1; None for a layer without one."""
    for level in SHARES:
        if level in layer.maps:
            found = unpacked(layer.maps[level])
            total = found.sum(-1, keepdims=True)
            return found / np.where(total > 1, total, 1) if level == "weights" else found / _nonzero(total)
    return None


def examples(model: LensModel) -> Iterator[View]:
    """The views of single examples, at the last step."""
    for view in model.views:
        if view.summary is None and view.step is None:
            yield view


def causal(maps: np.ndarray) -> bool:
    """Whether no query reads what is later."""
    return maps.shape[1] == maps.shape[2] and not np.triu(maps, 1).any()


def _nonzero(total: np.ndarray) -> np.ndarray:
    return np.where(total == 0, 1, total)
