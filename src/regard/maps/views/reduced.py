"""A result with fewer numbers: maps of long sequences in blocks, with exact rows for what is answered."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from regard.core.results import LensResult
from regard.core.results.lens import LayerView, LensModel, MapBlock, View
from regard.maps.blocks import pooled_block

MOST_ROWS = 8
"""Exact rows of each map."""

SIZES = (2, 4, 8, 16, 32)
"""Positions on a side of a block."""

Change = Callable[[MapBlock], MapBlock]


def reduced(result: LensResult, most: int) -> LensResult:
    """The result with maps of at most so many bytes as text: as they are, or else in the smallest blocks for
    which that holds, of up to 32 positions on a side.
    """
    if weight(result) <= most:
        return result
    for size in SIZES:
        found = replace(result, models=tuple(_model(model, size) for model in result.models))
        if weight(found) <= most:
            break
    return found


def weight(result: LensResult) -> int:
    """The bytes of all maps, as text."""
    views = [view for model in result.models for view in model.views]
    return sum(_bytes(block) for view in views for layer in view.layers for block in _blocks(layer))


def _bytes(block: MapBlock) -> int:
    return len(block.data) + (len(block.rows.block.data) if block.rows else 0)


def _blocks(layer: LayerView) -> Iterator[MapBlock]:
    yield from layer.maps.values()
    if layer.rollout:
        yield layer.rollout
    if layer.memory:
        yield layer.memory.returned


def _model(model: LensModel, size: int) -> LensModel:
    return replace(model, views=tuple(_view(view, size) for view in model.views))


def _view(view: View, size: int) -> View:
    places = _shown(view)

    def change(block: MapBlock) -> MapBlock:
        return pooled_block(block, size, places)

    return replace(view, layers=tuple(_layer(layer, change) for layer in view.layers))


def _layer(layer: LayerView, change: Change) -> LayerView:
    memory = layer.memory
    return replace(
        layer,
        maps={level: change(block) for level, block in layer.maps.items()},
        rollout=layer.rollout and change(layer.rollout),
        memory=memory and replace(memory, returned=change(memory.returned)),
    )


def _shown(view: View) -> tuple[int, ...]:
    """The queries of answers, evenly chosen if they are too many, and the last one."""
    last = len(view.queries) - 1
    answered = sorted({answer.place for answer in view.answers} - {last})
    step = -(-len(answered) // (MOST_ROWS - 1)) or 1
    return (*answered[::step], last)
