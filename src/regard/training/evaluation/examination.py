"""Every figure of a trained model on the test split and on the sets beyond it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from regard.core.shapes import ClassOutput
from regard.data.samples import Samples
from regard.data.task import Task
from regard.training.evaluation.evaluation import Evaluation, evaluating, measure, predict_batches


@final
@dataclass(frozen=True, eq=False)
class Examination:
    """What was found."""

    figures: dict[str, float]
    """`loss`, `score` and the task's details; those of a set beyond the test split with its name in front:
    `length 64/score`."""
    predictions: Int64[Tensor, " s"] | None
    """The class given to each test sample, in the order of the split; None where samples have no class."""


def examine(model: nn.Module, task: Task, batch: int) -> Examination:
    """Read the test split, `batch` samples at a time, and the sets beyond it, fewer where they are longer."""
    test = task.split("test")
    found = _examined(model, task, test, batch)
    figures = dict(found.figures)
    for name, samples in task.beyond().items():
        beyond = _examined(model, task, samples, batch_beyond(samples, test, batch))
        figures |= {f"{name}/{key}": value for key, value in beyond.figures.items()}
    return Examination(figures, found.predictions)


def batch_beyond(samples: Samples, test: Samples, batch: int) -> int:
    """How many samples to read at once that are longer than those of the test split.

    A dense attention matrix grows with the square of the length: so many that theirs take as much memory.
    """
    longer = max(1.0, samples.inputs[0].numel() / test.inputs[0].numel())
    return max(1, int(batch / longer**2))


def _examined(model: nn.Module, task: Task, samples: Samples, batch: int) -> Examination:
    """One pass over the samples."""
    measured, details, classes = [], [], []
    with evaluating(model):
        for predict, part in predict_batches(model, task, samples, batch):
            measured.append(measure(task, predict, part))
            details.append(task.details(predict, part))
            if isinstance(task.shape.output, ClassOutput):
                classes.append(predict(*part.given).argmax(-1).cpu())
    found = Evaluation.over(measured)
    figures = {"loss": found.loss, "score": found.score, **dict(_means(details))}
    return Examination(figures, torch.cat(classes) if classes else None)


def _means(details: Sequence[dict[str, Float[Tensor, " _"]]]) -> Iterator[tuple[str, float]]:
    """Means over the samples of which a detail says something."""
    for name in details[0]:
        values = torch.cat([part[name].double().cpu() for part in details])
        if not values.isnan().all():
            yield name, values.nanmean().item()
