"""The contract of a task."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from regard.core.shapes import Shape
from regard.data.samples import IGNORED, Samples

SplitName = Literal["train", "validation", "test"]

Predict = Callable[[Tensor, Tensor | None], Tensor]
"""A model in evaluation mode: (inputs, keys) to logits, (b, classes) or (b, n, vocabulary)."""


class Task(ABC):
    """Abstract. Samples in three splits that share no problem, a metric, a chance level and a ceiling.

    A part of the catalog subclasses it once, is final, and takes keyword-only options. The same
    options always give the same samples: chance comes from the option `data_seed` alone.
    """

    metric: ClassVar[str]
    """What `score` measures, in two words at most, for instance `accuracy` or `exact match`."""
    shape: Shape
    """The borders of a model for this task. Set by the constructor."""
    chance: float
    """The score of the best guesser that sees no input. Set by the constructor."""
    ceiling: float = 1.0
    """The best score that the data allow."""

    @abstractmethod
    def split(self, name: SplitName) -> Samples:
        """The samples of a split: always the same ones, on the CPU."""

    @abstractmethod
    def identities(self, samples: Samples) -> list[str]:
        """For each sample, the name of its problem: two samples of one problem have the same."""

    @abstractmethod
    def show(self, samples: Samples, i: int) -> str:
        """Sample i as one line of text that a person can read, with its target."""

    def score(self, predict: Predict, samples: Samples) -> Float[Tensor, " b"]:
        """How right the model is on each sample, from 0 to 1: here the share of right targets."""
        right = predict(samples.inputs, samples.keys).argmax(-1) == samples.targets
        if samples.targets.ndim == 1:
            return right.float()
        asked = samples.targets != IGNORED
        return (right & asked).sum(1) / asked.sum(1).clamp_min(1)

    def solve(self, samples: Samples) -> Tensor | None:
        """The targets by a rule instead of a model, where one exists: proof that the task can be done."""
        return None

    def augment(self, inputs: Tensor, rng: torch.Generator) -> Tensor:
        """Training inputs, changed at random in ways that leave the targets right. Here: unchanged."""
        return inputs
