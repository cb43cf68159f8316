"""What a model answers, place by place, beside the truth."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from regard.core.results.lens import Answer, Guess
from regard.data.samples import IGNORED, Samples
from regard.data.task import Task

SHOWN = 5
"""Guesses of each place."""


@final
@dataclass(frozen=True, eq=False)
class Asked:
    """Where something is asked of the only sample, and what is right."""

    places: tuple[int, ...]
    """Rows of the logits; of a class for the whole sample there is one row."""
    truths: tuple[int, ...]

    @classmethod
    def of(cls, samples: Samples) -> "Asked":
        """That of one sample."""
        if samples.targets.ndim == 1:
            return cls((0,), (int(samples.targets[0]),))
        places = (samples.targets[0] != IGNORED).nonzero().flatten().tolist()
        return cls(tuple(places), tuple(samples.targets[0, places].tolist()))

    def rows(self, logits: Float[Tensor, "1 ..."]) -> Float[Tensor, "places classes"]:
        """The logits of what is asked."""
        return logits if logits.ndim == 2 else logits[0, list(self.places)]

    def share_of_first(
        self, logits: Float[Tensor, "1 ..."], first: Int64[Tensor, " places"]
    ) -> Float[Tensor, ""]:
        """The probability of some classes, one for each place, a mean over the places."""
        return self.rows(logits).softmax(-1).gather(1, first.unsqueeze(1)).mean()


def answers_of(task: Task, asked: Asked, logits: Float[Tensor, "1 ..."], last: int) -> tuple[Answer, ...]:
    """The answers, with their guesses. last: the position to which one for the whole sample is put."""
    whole = logits.ndim == 2
    return tuple(
        Answer(place=last if whole else place, guesses=guesses_of(task, row), truth=name_of(task, truth))
        for place, truth, row in zip(asked.places, asked.truths, asked.rows(logits), strict=True)
    )


def guesses_of(task: Task, row: Float[Tensor, " classes"]) -> tuple[Guess, ...]:
    """The likeliest classes."""
    found = row.softmax(-1).topk(min(SHOWN, len(row)))
    return tuple(_guesses(task, found.values, found.indices))


def name_of(task: Task, number: int) -> str:
    """A class, or a token, in words."""
    if task.labels is not None:
        return task.labels[number]
    token = torch.tensor([number])
    return task.text(token) or str(number)


def _guesses(task: Task, shares: Tensor, numbers: Tensor) -> Iterator[Guess]:
    for share, number in zip(shares.tolist(), numbers.tolist(), strict=True):
        yield Guess(text=name_of(task, number), share=share)
