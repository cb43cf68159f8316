"""The mean pattern of many examples, and how far each of them is from it."""

from collections.abc import Callable, Iterator, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.core.results.lens import LayerView, Level, MapBlock, Summary, View
from regard.data.samples import Samples
from regard.data.task import Task
from regard.maps.blocks import block_of
from regard.maps.look import LayerMaps, look
from regard.maps.views.positions import common_positions
from regard.models import PairTransformer

LEVELS: tuple[Level, ...] = ("weights", "operator", "contribution")

Maps = Float[Tensor, "examples heads n m"]
Map = Float[Tensor, "heads n m"]


def mean_views(model: nn.Module, task: Task, samples: Samples) -> tuple[View, ...]:
    """Two views of samples whose positions mean the same in all: the mean of their maps, and the standard
    deviation of each entry. None for samples of different lengths, and for pairs of sequences.
    """
    if isinstance(model, PairTransformer) or (samples.keys is not None and not bool(samples.keys.all())):
        return ()
    seen = [look(model, *task.prepare(each).given, levels=LEVELS).layers for each in _each(samples)]
    positions = common_positions(samples, seen[0][0].call.call.lengths[0])
    layers = list(zip(*seen, strict=True))
    return (
        _view("mean", len(seen), positions, [_layer(each, _mean) for each in layers]),
        _view("deviation", len(seen), positions, [_layer(each, _deviation) for each in layers]),
    )


def _view(summary: Summary, of: int, positions: tuple[str, ...], layers: Sequence[LayerView]) -> View:
    name = f"{summary} of {of}"
    return View(example=name, queries=positions, keys=positions, summary=summary, layers=tuple(layers))


def _layer(of: Sequence[LayerMaps], summed: Callable[[Maps], Map]) -> LayerView:
    """One layer over all examples; a level that is refused for one is not there."""
    levels = [level for level in LEVELS if all(level in each.maps for each in of)]
    maps: dict[str, MapBlock] = {
        level: block_of(summed(torch.stack([each.maps[level] for each in of]))) for level in levels
    }
    return LayerView(maps=maps, refused=dict(of[0].refused), outside=of[0].outside)


def _mean(maps: Maps) -> Map:
    return maps.mean(0)


def _deviation(maps: Maps) -> Map:
    return maps.std(0, correction=0)


def _each(samples: Samples) -> Iterator[Samples]:
    for i in range(len(samples)):
        yield samples[i : i + 1]
