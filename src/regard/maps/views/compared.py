"""The maps of all mechanisms of a comparison on one test sample, from the weights of their first seeds."""

from pathlib import Path

from torch import nn

from regard.core.errors import RegardError
from regard.core.readable import readable
from regard.core.results import ComparedMaps, ComparisonResult, MechanismMaps, Row
from regard.core.results.lens import Level, View
from regard.data.samples import Samples
from regard.data.task import Task
from regard.maps.look import Look, look
from regard.maps.views.positions import layout_of, named_positions, picture_of
from regard.maps.views.trained import Trained
from regard.maps.views.view import layer_view
from regard.store import run_folder

LEVELS: tuple[Level, ...] = ("weights", "operator", "contribution")
"""Influence is asked for only where a layer has none of them: it takes long."""


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
        trained = Trained.read(folder)
        samples = trained.task.split("test")[:1]
        view = _view(trained.model, trained.task, samples)
    except RegardError as reason:
        return MechanismMaps(label=label, run=run, missing=readable(str(reason)))
    except Exception as error:  # noqa: BLE001 - a mechanism of a user's own raises what it likes; the page says it
        return MechanismMaps(label=label, run=run, missing=readable(f"{type(error).__name__}: {error}"))
    return MechanismMaps(label=label, run=run, layers=trained.seen([view]).layers, view=view)


def _view(model: nn.Module, task: Task, sample: Samples) -> View:
    given = task.prepare(sample).given
    seen = look(model, *given, levels=LEVELS)
    if any("contribution" not in layer.maps for layer in seen.layers):
        seen = look(model, *given, levels=(*LEVELS, "influence"))
    return _plain(seen, task, sample)


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
