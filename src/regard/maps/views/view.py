"""From a model and one sample to the view of it that a result holds."""

from dataclasses import replace
from functools import partial

from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.capture import Captured
from regard.core.errors import UnsupportedUse
from regard.core.results.lens import LayerView, MemoryView, View
from regard.data.samples import Samples
from regard.data.task import Task
from regard.maps.blocks import block_of
from regard.maps.look import LayerMaps, look
from regard.maps.memory import memory_over_time
from regard.maps.selection import selection
from regard.maps.views.answers import Asked, answers_of, guesses_of
from regard.maps.views.beside import beside, with_beside
from regard.maps.views.measured import Layout, measured
from regard.maps.views.positions import layout_of, named_positions, picture_of
from regard.maps.views.rollouts import rollouts


def view_of(model: nn.Module, task: Task, sample: Samples, name: str, step: int | None = None) -> View:
    """The view of one sample, as it comes from a split. The model is left as it was."""
    given, asked = task.prepare(sample).given, Asked.of(sample)
    seen = look(model, *given, answer=lambda logits: asked.rows(logits).amax(-1).sum())
    assert seen.logits is not None
    n, _ = seen.layers[0].call.call.lengths
    positions, layout = named_positions(task, sample, n), layout_of(sample, n)
    parts = zip(seen.layers, rollouts(seen.layers), beside(model, seen, given, asked.rows), strict=True)
    return View(
        example=name,
        step=step,
        queries=positions,
        keys=positions,
        image=picture_of(task, sample, n),
        answers=answers_of(task, asked, seen.logits, last=0 if layout.prefix else n - 1),
        layers=tuple(
            replace(with_beside(layer_view(layer, layout), known, partial(guesses_of, task)), rollout=rolled)
            for layer, rolled, known in parts
        ),
    )


def layer_view(layer: LayerMaps, layout: Layout | None) -> LayerView:
    """What is seen of one layer by itself."""
    return LayerView(
        maps={level: block_of(maps) for level, maps in layer.maps.items()},
        refused=layer.refused,
        residual=layer.residual,
        outside=layer.outside,
        metrics=measured(layer, layout),
        memory=_memory(layer),
        recalled=_recalled(layer),
    )


def _memory(layer: LayerMaps) -> MemoryView | None:
    call = layer.call.call
    if not isinstance(call, Captured):
        return None
    try:
        seen = memory_over_time(call)
    except UnsupportedUse:
        return None
    return MemoryView(size=_rows(seen.size[0]), rank=_rows(seen.rank[0]), returned=block_of(seen.returned[0]))


def _recalled(layer: LayerMaps) -> tuple[float, ...]:
    call = layer.call.call
    if not isinstance(call, Captured):
        return ()
    try:
        return tuple(selection(call).recalled[0].mean(-1).tolist())
    except UnsupportedUse:
        return ()


def _rows(x: Float[Tensor, "heads m"]) -> tuple[tuple[float, ...], ...]:
    return tuple(map(tuple, x.tolist()))
