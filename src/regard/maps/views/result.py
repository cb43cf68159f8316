"""From the folders of one or two runs to the result that the page of the lens shows."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import final

import torch
from torch import Tensor

from regard.core.errors import InvalidOption
from regard.core.readable import readable
from regard.core.results.lens import LensModel, LensResult, Pair, View
from regard.core.run import DIGEST_LENGTH
from regard.data.samples import Samples
from regard.data.task import Task
from regard.maps.contribution import shares
from regard.maps.look import look
from regard.maps.matching import matched_heads
from regard.maps.views.answers import name_of
from regard.maps.views.faithful import with_faithfulness
from regard.maps.views.mean import mean_views
from regard.maps.views.moments import moments
from regard.maps.views.sequences import views_of
from regard.maps.views.trained import Trained
from regard.models import PairTransformer

MOMENTS = 8_000_000
"""Bytes of maps, at most, by which views over training make a page larger."""


@final
@dataclass(frozen=True)
class Choice:
    """What is looked at."""

    examples: int = 3
    """Test samples, from the first on."""
    moments: int = 8
    """Moments of training, at most, at which the first of them is shown; 0 for none."""
    mean: int = 32
    """Test samples of which the mean is shown; 0 for none."""
    matched: int = 8
    """Test samples by which heads of two models are matched."""
    faithful: int = 24
    """Test samples on which it is tried which map predicts the model; 0 for none."""


def lens_of(folders: Sequence[Path], choice: Choice = Choice()) -> LensResult:
    """The views of one model, or of two on the same samples.

    Raises `InvalidOption` for runs of different tasks, and what reading a run raises.
    """
    trained = on_one_task(folders)
    samples = trained[0].task.split("test")
    return LensResult(
        digest=digest_of([each.run.digest for each in trained], choice),
        title=" beside ".join(each.label for each in trained),
        models=tuple(_model(each, samples, choice) for each in trained),
        pairs=tuple(_pairs(trained, samples[: choice.matched])) if len(trained) > 1 else (),
    )


def _model(trained: Trained, samples: Samples, choice: Choice) -> LensModel:
    seen = trained.seen([*_views(trained, samples, choice)])
    return with_faithfulness(seen, trained.model, trained.task.prepare(samples[: choice.faithful]))


def on_one_task(folders: Sequence[Path]) -> list[Trained]:
    """The runs. Raises `InvalidOption` for runs of different tasks, and what reading a run raises."""
    trained = [Trained.read(folder) for folder in folders]
    if len({each.run.task for each in trained}) > 1:
        message = f"The runs are of different tasks, {' and '.join(str(each.run.task) for each in trained)}."
        raise InvalidOption(f"{message} Name two of one task, so that both see the same samples.")
    return trained


def _views(trained: Trained, samples: Samples, choice: Choice) -> Iterator[View]:
    model, task = trained.model, trained.task
    examples = [
        views_of(model, task, samples[i : i + 1], _name(task, samples, i))
        for i in range(min(choice.examples, len(samples)))
    ]
    yield from chain(*examples)
    most = min(choice.moments, MOMENTS // _size(examples[0])) if examples else 0
    for step, earlier in moments(trained.folder, trained.run, task, most):
        yield from views_of(earlier, task, samples[:1], _name(task, samples, 0), step)
    if choice.mean:
        yield from mean_views(model, task, samples[: choice.mean])


def _size(views: Sequence[View]) -> int:
    """Bytes of the maps of one example, as a page holds them."""
    layers = [layer for view in views for layer in view.layers]
    return sum(len(block.data) for layer in layers for block in layer.maps.values()) + 1


def _name(task: Task, samples: Samples, i: int) -> str:
    """A sample in a line; an image by its number and what it shows."""
    if samples.targets.ndim != 1 or task.picture(samples, i) is None:
        return readable(task.show(samples, i))
    return f"image {i + 1}, {name_of(task, int(samples.targets[i]))}"


def _pairs(trained: Sequence[Trained], samples: Samples) -> Iterator[Pair]:
    """Heads of two models, layer by layer, for the layers that both have and that have contributions.

    None for models of two sequences, whose heads read in several ways.
    """
    if any(isinstance(each.model, PairTransformer) for each in trained):
        return
    first, second = ([_shared(each, samples[i : i + 1]) for i in range(len(samples))] for each in trained)
    for layer, (ours, theirs) in enumerate(
        zip(zip(*first, strict=True), zip(*second, strict=True), strict=False)
    ):
        known = [each for each in (*ours, *theirs) if each is None]
        if not known:
            for match in matched_heads(torch.stack(ours), torch.stack(theirs)):
                yield Pair(layer=layer, head=match.head, other=match.other, distance=match.distance)


def _shared(trained: Trained, sample: Samples) -> list[Tensor | None]:
    """Shares of contributions, layer by layer."""
    seen = look(trained.model, *trained.task.prepare(sample).given, levels=["contribution"])
    maps = [layer.maps.get("contribution") for layer in seen.layers]
    return [None if each is None else shares(each) for each in maps]


def digest_of(*described: object) -> str:
    """The name of a result's file, from what it is a result of."""
    return hashlib.sha256(repr(described).encode()).hexdigest()[:DIGEST_LENGTH]
