"""How good a model is on a split: the task's score and the loss, in evaluation mode, batch by batch."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self, final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from regard.data.samples import Samples
from regard.data.task import Predict, SplitName, Task
from regard.optimization import cross_entropy
from regard.training.evaluation.predictor import Predictor

BatchResult = tuple[Float[Tensor, ""], Int64[Tensor, ""], Float[Tensor, " _"]]
"""Of one batch: the summed loss, the number of targets, the score of each sample."""


@final
@dataclass(frozen=True, eq=False)
class Evaluation:
    """What was measured on a split."""

    loss: float
    """Mean cross-entropy in nats over all targets, whatever the training minimizes."""
    scores: Float[Tensor, " b"]
    """The task's score of each sample, from 0 to 1, in the order of the split, on the CPU."""

    @property
    def score(self) -> float:
        """The mean score."""
        return self.scores.double().mean().item()

    @classmethod
    def over(cls, batches: Iterable[BatchResult]) -> Self:
        """The evaluation of a split from the results of its batches, in order."""
        losses, counts, scores = zip(*batches, strict=True)
        loss = torch.stack(losses).sum() / torch.stack(counts).sum().clamp_min(1)
        return cls(loss.item(), torch.cat(scores).cpu())


def evaluate(model: nn.Module, task: Task, split: SplitName, batch: int) -> Evaluation:
    """Evaluate on a split, on the device where the model lies. Leaves the model in the mode it was in."""
    return evaluate_samples(model, task, task.split(split), batch)


def evaluate_samples(model: nn.Module, task: Task, samples: Samples, batch: int) -> Evaluation:
    """Evaluate on given samples, `batch` at a time."""
    with evaluating(model):
        return Evaluation.over(
            measure(task, predict, part) for predict, part in predict_batches(model, task, samples, batch)
        )


def predict_batches(
    model: nn.Module, task: Task, samples: Samples, batch: int
) -> Iterator[tuple[Predict, Samples]]:
    """The samples, prepared and on the model's device, `batch` at a time and in order, each batch with a
    predictor that holds the model's logits on it.
    """
    device = next(model.parameters()).device
    for start in range(0, len(samples), batch):
        part = task.prepare(samples[start : start + batch].to(device))
        yield Predictor(model, part, model(*part.given)), part


def measure(task: Task, predict: Predict, part: Samples) -> BatchResult:
    """The loss and the scores of a batch."""
    loss = cross_entropy(predict(*part.given), part.targets)
    return loss.sum.double(), loss.count, task.score(predict, part)


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; the mode from before comes back."""
    training = model.training
    model.eval()
    try:
        # not inference_mode: what is predicted here may be read in training
        with torch.no_grad():
            yield
    finally:
        model.train(training)
