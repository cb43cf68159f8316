"""From the folders of one or two runs to the result that the page of the lens shows."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import torch
from torch import Tensor, nn

from regard.core.errors import InvalidOption
from regard.core.readable import readable
from regard.core.results.lens import LayerFacts, LensModel, LensResult, Pair
from regard.core.run import DIGEST_LENGTH, Run
from regard.data.samples import Samples
from regard.data.task import Task
from regard.maps.contribution import shares
from regard.maps.layers import attention_layers
from regard.maps.look import look
from regard.maps.matching import matched_heads
from regard.maps.views.mean import mean_views
from regard.maps.views.view import view_of
from regard.mechanisms import MECHANISMS
from regard.training import load
from regard.training.checkpoints.loading import load_task
from regard.training.checkpoints.run_folder import read_run


@final
@dataclass(frozen=True)
class Choice:
    """What is looked at."""

    examples: int = 3
    """Test samples, from the first on."""
    mean: int = 32
    """Test samples of which the mean is shown; 0 for none."""
    matched: int = 8
    """Test samples by which heads of two models are matched."""


@final
@dataclass(frozen=True, eq=False)
class Trained:
    """A run with its model and its task."""

    run: Run
    model: nn.Module
    task: Task

    @classmethod
    def read(cls, folder: Path) -> "Trained":
        """That of a run's folder. Raises `MissingFile` and `Corrupt`."""
        return cls(read_run(folder), load(folder), load_task(folder))


def lens_of(folders: Sequence[Path], choice: Choice = Choice()) -> LensResult:
    """The views of one model, or of two on the same samples.

    Raises `InvalidOption` for runs of different tasks, and what reading a run raises.
    """
    trained = [Trained.read(folder) for folder in folders]
    if len({each.run.task for each in trained}) > 1:
        message = f"The runs are of different tasks, {' and '.join(str(each.run.task) for each in trained)}."
        raise InvalidOption(f"{message} Name two of one task, so that both see the same samples.")
    samples = trained[0].task.split("test")
    return LensResult(
        digest=_digest(trained, choice),
        title=" beside ".join(_label(each) for each in trained),
        models=tuple(_seen(each, samples, choice) for each in trained),
        pairs=tuple(_pairs(trained, samples[: choice.matched])) if len(trained) > 1 else (),
    )


def _seen(trained: Trained, samples: Samples, choice: Choice) -> LensModel:
    model, task = trained.model, trained.task
    views = [
        view_of(model, task, samples[i : i + 1], readable(task.show(samples, i)))
        for i in range(min(choice.examples, len(samples)))
    ]
    if choice.mean:
        views.extend(mean_views(model, task, samples[: choice.mean]))
    return LensModel(
        label=_label(trained),
        about=f"{trained.run.task}, seed {trained.run.seed}, run {trained.run.digest}",
        layers=tuple(_facts(model)),
        views=tuple(views),
    )


def _facts(model: nn.Module) -> Iterator[LayerFacts]:
    for name, layer in attention_layers(model).items():
        yield LayerFacts(name=name, mechanism=layer.mechanism.name, heads=layer.size.h)


def _pairs(trained: Sequence[Trained], samples: Samples) -> Iterator[Pair]:
    """Heads of two models, layer by layer, for the layers that both have and that have contributions."""
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


def _label(trained: Trained) -> str:
    return "+".join(dict.fromkeys(map(MECHANISMS.label, trained.run.mechanisms)))


def _digest(trained: Sequence[Trained], choice: Choice) -> str:
    described = repr([each.run.digest for each in trained] + [choice])
    return hashlib.sha256(described.encode()).hexdigest()[:DIGEST_LENGTH]
