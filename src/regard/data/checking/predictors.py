"""Models that guess one answer, know every answer, or recite prepared ones."""

from collections.abc import Callable

import torch
from torch import Tensor

from regard.core.shapes import ClassOutput
from regard.data.samples import IGNORED, Samples
from regard.data.task import Predict, Task

AT_ONCE = 250
"""Samples whose logits are held at one time."""


def classes(task: Task) -> int:
    """How many answers there are to choose from."""
    output = task.shape.output
    return output.classes if isinstance(output, ClassOutput) else output.vocabulary


def saying(task: Task, answers: Tensor) -> Tensor:
    """Logits that say these answers; whatever is ignored is answered with 0."""
    logits = torch.zeros(*answers.shape, classes(task))
    return logits.scatter_(-1, answers.clamp_min(0).unsqueeze(-1), 1)


def always(task: Task, answer: Tensor) -> Predict:
    """A guesser: the same answer whatever the input. Of a sequence it sees the length."""

    def predict(inputs: Tensor, *rest: Tensor | None) -> Tensor:
        guess = answer[: inputs.shape[1]] if answer.ndim else answer
        return saying(task, guess.expand(len(inputs), *guess.shape))

    return predict


def knowing(task: Task, samples: Samples, change: Callable[[Tensor], Tensor] = lambda t: t) -> Predict:
    """A model that knows the targets, by the rule where there is one; what it says may be changed."""

    def predict(inputs: Tensor, keys: Tensor | None = None, edges: Tensor | None = None) -> Tensor:
        targets = _by_rule(task, samples, inputs, keys, edges)
        if targets is None and len(inputs) == len(samples):
            targets = samples.targets
        if targets is None:
            same = (inputs.flatten(1)[:, None] == samples.inputs.flatten(1)).all(-1)
            targets = samples.targets[same.long().argmax(1)]
        # of a sequence the part that was handed in
        targets = targets[:, : inputs.shape[1]] if targets.ndim == 2 else targets
        return saying(task, change(targets))

    return predict


def reciting(task: Task, answers: Tensor) -> Predict:
    """One prepared answer for each sample of a split, whole or, of a sequence, as far as the inputs go."""
    return lambda inputs, *rest: saying(task, answers[:, : inputs.shape[1]] if answers.ndim == 2 else answers)


def guesses(targets: Tensor) -> list[Tensor]:
    """The most frequent target; of sequences the most frequent row, and that of each column's favorites."""
    if targets.ndim == 1:
        return [targets.mode().values]
    rows, counts = torch.unique(targets, dim=0, return_counts=True)
    favorites = [column[column != IGNORED] for column in targets.T]
    columns = [c.mode().values if len(c) else torch.tensor(0) for c in favorites]
    return [rows[counts.argmax()], torch.stack(columns)]


def scores_of(task: Task, predict: Predict, samples: Samples) -> Tensor:
    """The score of each sample, found in parts: logits are large."""
    parts = [samples[start : start + AT_ONCE] for start in range(0, len(samples), AT_ONCE)]
    return torch.cat([task.score(predict, part).double() for part in parts])


def _by_rule(
    task: Task, samples: Samples, inputs: Tensor, keys: Tensor | None, edges: Tensor | None
) -> Tensor | None:
    """What the rule answers to inputs that may end early, without having seen a target."""
    whole = torch.zeros(len(inputs), *samples.inputs.shape[1:], dtype=inputs.dtype)
    whole[:, : inputs.shape[1]] = inputs
    blank = torch.zeros(len(inputs), *samples.targets.shape[1:]).long()
    known = samples.keys if keys is None and len(samples) == len(inputs) else keys
    return task.solve(Samples(whole, blank, known, edges))
