"""Scheduled sampling: in training, the model reads some of its own answers instead of the right ones."""

from typing import final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from regard.core.errors import InvalidOption
from regard.core.randomness import generator_of
from regard.core.run import Run
from regard.data.samples import Samples
from regard.data.task import Task
from regard.training.evaluation.evaluation import evaluating


@final
class ScheduledSampling:
    """Bengio et al. 2015, arXiv 1506.03099, in the two passes of Mihaylova & Martins 2019, arXiv 1906.07651.

    The first pass predicts every answer token from the right ones before it, in evaluation mode and
    without gradients. The second trains on inputs in which each answer token has been replaced by its
    prediction with a probability that rises linearly from 0 to `share` over `total` steps. Every token
    of every example is drawn for itself. The question, where the task feeds nothing back, stays as it is.
    """

    def __init__(self, task: Task, run: Run, total: int) -> None:
        self.task = task
        self.seed = run.seed
        self.share = run.training.scheduled_sampling
        self.total = total

    def probability(self, step: int) -> float:
        """With which a token that may be replaced is replaced at `step`."""
        return self.share * step / self.total

    def inputs(self, model: nn.Module, batch: Samples, step: int) -> Tensor:
        """What the model reads at `step`."""
        if not self.share:
            return batch.inputs
        fed_back = answers_in(self.task, batch)
        drawn = torch.rand(fed_back.shape, generator=generator_of(self.seed, "sampling", step))
        replaced = fed_back & (drawn < self.probability(step)).to(fed_back.device)
        if not replaced.any():
            return batch.inputs
        with evaluating(model):
            return read_back(batch.inputs, model(*batch.given), replaced)


def read_back(
    inputs: Int64[Tensor, "b n"], logits: Float[Tensor, "b n vocabulary"], replaced: Bool[Tensor, "b n"]
) -> Int64[Tensor, "b n"]:
    """The inputs, where marked, replaced by what the position before predicts."""
    return torch.where(replaced, logits.argmax(-1).roll(1, dims=1), inputs)


def answers_in(task: Task, samples: Samples) -> Bool[Tensor, "b n"]:
    """Where the inputs repeat the target of the position before.

    Raises `InvalidOption` if the task feeds nothing back, or marks a token that is no such repetition:
    replacing that one would change the question.
    """
    fed_back = task.fed_back(samples)
    if fed_back is None:
        message = (
            f"training.scheduled_sampling needs a task whose inputs repeat its answers, and "
            f"{task.name} is none. Set it to 0."
        )
        raise InvalidOption(message)
    repeats = torch.zeros_like(fed_back)
    repeats[:, 1:] = samples.inputs[:, 1:] == samples.targets[:, :-1]
    if (fed_back & ~repeats).any():
        message = (
            f"{task.name}.fed_back marks a token that does not repeat the target before it. "
            f"Mark answers only."
        )
        raise InvalidOption(message)
    return fed_back
