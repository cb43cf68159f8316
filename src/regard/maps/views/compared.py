"""The maps of all mechanisms of a comparison on one test sample, from the weights of their first seeds."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from torch import nn

from regard.core.errors import RegardError
from regard.core.readable import readable
from regard.core.results import ComparedMaps, ComparisonResult, MechanismMaps, Row
from regard.core.results.lens import Level, View
from regard.data.samples import Samples
from regard.data.task import Task
from regard.experiment import apart
from regard.maps.look import Look, look
from regard.maps.sequences import FIRST_OF_SECOND
from regard.maps.views.plain import TITLES
from regard.maps.views.positions import layout_of, named_positions, picture_of
from regard.maps.views.sequences import absent, sequence_views
from regard.maps.views.trained import Trained
from regard.maps.views.view import layer_view
from regard.models import PairTransformer
from regard.store import run_folder

LEVELS: tuple[Level, ...] = ("weights", "operator", "contribution")
"""Influence is asked for only where a layer has none of them: it takes long."""


LONGEST = 300.0
"""Seconds that the look at one mechanism may take."""


def shown_runs(result: ComparisonResult) -> tuple[tuple[str, str], ...]:
    """By label the run of the first seed that finished, or the first of all."""
    return tuple((row.label, _first(row)) for row in result.rows)


def compared_maps(result: ComparisonResult, project: Path) -> ComparedMaps:
    """One look for each mechanism of a comparison in a project folder."""
    found = tuple(_looked(label, project, run) for label, run in shown_runs(result))
    return ComparedMaps(digest=result.digest, mechanisms=found)


def _first(row: Row) -> str:
    finished = [seed for seed in row.seeds if seed.finished]
    return (finished or row.seeds)[0].digest


def _looked(label: str, project: Path, run: str) -> MechanismMaps:
    folder = run_folder(project, run)
    if not folder.is_dir():
        missing = f"The folder of its first run, runs/{run}, is not there."
        return MechanismMaps(label=label, run=run, missing=missing)
    try:
        (found,) = apart(_seen, label, folder, seconds=LONGEST)
    except RegardError as reason:
        return MechanismMaps(label=label, run=run, missing=readable(str(reason)))
    return found


def _seen(label: str, folder: Path) -> Iterator[MechanismMaps]:
    """In a process of its own: a mechanism of a user's own may do what it likes."""
    trained = Trained.read(folder)
    view = _view(trained.model, trained.task, trained.task.split("test")[:1])
    layers = zip(trained.seen([view]).layers, view.layers, strict=True)
    # of two sequences one way of reading is shown, and so the layers that take part in it
    facts, shown = zip(*((facts, layer) for facts, layer in layers if layer.refused != absent()), strict=True)
    yield MechanismMaps(label=label, run=trained.run.digest, layers=facts, view=replace(view, layers=shown))


def _view(model: nn.Module, task: Task, sample: Samples) -> View:
    given = task.prepare(sample).given
    seen = look(model, *given, levels=LEVELS)
    if any("contribution" not in layer.maps for layer in seen.layers):
        seen = look(model, *given, levels=(*LEVELS, "influence"))
    return (
        _across(model, task, sample, seen)
        if isinstance(model, PairTransformer)
        else _plain(seen, task, sample)
    )


def _across(model: PairTransformer, task: Task, sample: Samples, seen: Look) -> View:
    """The first sequence's reading of the second, which every such model has."""
    views = sequence_views(model, task, task.prepare(sample), seen)
    view = next(view for view in views if view.example == TITLES[FIRST_OF_SECOND])
    return replace(view, example=f"{view.example}: {readable(task.show(sample, 0))}")


def _plain(seen: Look, task: Task, sample: Samples) -> View:
    n, _ = seen.layers[0].call.call.lengths
    positions, layout = named_positions(task, sample, n), layout_of(sample, n)
    return View(
        example=readable(task.show(sample, 0)),
        queries=positions,
        keys=positions,
        image=picture_of(task, sample, n),
        layers=tuple(layer_view(layer, layout) for layer in seen.layers),
    )
