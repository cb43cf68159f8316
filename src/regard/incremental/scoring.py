"""From logits of many candidates to their losses, and what a loss reads of them."""

from abc import ABC, abstractmethod
from typing import Any, final

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor
from torch.nn.functional import log_softmax, one_hot

from regard.data.samples import IGNORED, Samples
from regard.incremental.changes import Channels
from regard.optimization import Objective

Losses = Float64[Tensor, " k"]


class Scoring(ABC):
    """Abstract. The mean loss of each of k candidates, from their logits at the positions that count."""

    @abstractmethod
    def of_logits(self, logits: Float[Tensor, "p n classes"]) -> Losses:
        """From logits."""

    @abstractmethod
    def of_channels(self, logits: Float[Tensor, "n classes"], changes: Channels) -> Losses:
        """From changes of the logits of one class each."""


@final
class CrossEntropyScoring(Scoring):
    """Cross-entropy with targets as shares of classes: the sum over positions of lse · Σ y - Σ y logit.

    A change of one logit by δ changes log Σ exp to log(exp(lse of the others) + exp(logit + δ)): O(1) for
    each position.
    """

    def __init__(self, targets: Tensor, classes: int, smoothing: float, dtype: torch.dtype) -> None:
        self.count = max(1, len(targets) if targets.is_floating_point() else int((targets != IGNORED).sum()))
        shares = (targets if targets.is_floating_point() else _one_hot(targets, classes)).to(dtype)
        asked = shares.sum(-1, keepdim=True)
        self.shares = shares * (1 - smoothing) + asked * smoothing / classes
        self.asked = self.shares.sum(-1)
        self._others: dict[int, Float[Tensor, " n"]] = {}

    def of_logits(self, logits: Float[Tensor, "p n classes"]) -> Losses:
        gained = log_softmax(logits, 2).flatten(1).double() @ self.shares.flatten().double()
        return -gained / self.count

    def of_channels(self, logits: Float[Tensor, "n classes"], changes: Channels) -> Losses:
        others = torch.stack([self._lse_of_others(logits, each) for each in changes.channels.tolist()])
        moved = logits.T[changes.channels] + changes.amounts
        lse = torch.logaddexp(others, moved).double() @ self.asked.double()
        answers = (self.shares.T[changes.channels] * changes.amounts).double().sum(1)
        return (lse - (self.shares * logits).double().sum() - answers) / self.count

    def _lse_of_others(self, logits: Float[Tensor, "n classes"], channel: int) -> Float[Tensor, " n"]:
        """log Σ exp over all classes but one."""
        if channel not in self._others:
            hidden = logits.clone()
            hidden[:, channel] = -torch.inf
            self._others[channel] = hidden.logsumexp(1)
        return self._others[channel]


@final
class ObjectiveScoring(Scoring):
    """Any objective that reads nothing of a model but its logits of the batch."""

    def __init__(self, objective: Objective, batch: Samples, shape: tuple[int, ...]) -> None:
        self.objective = objective
        self.batch = batch
        self.shape = shape
        """Of the logits."""

    def of_logits(self, logits: Float[Tensor, "p n classes"]) -> Losses:
        means = [self._mean(each.view(self.shape)) for each in logits]
        return torch.stack(means).double()

    def of_channels(self, logits: Float[Tensor, "n classes"], changes: Channels) -> Losses:
        k = len(changes.channels)
        moved = logits.expand(k, -1, -1).clone()
        moved[torch.arange(k), :, changes.channels] += changes.amounts
        return self.of_logits(moved)

    def _mean(self, logits: Tensor) -> Float[Tensor, ""]:
        def answer(*given: Any) -> Tensor:
            return logits

        return self.objective.loss(answer, self.batch).mean


def _one_hot(targets: Int64[Tensor, " n"], classes: int) -> Int64[Tensor, "n classes"]:
    """1 at the class of each target; 0 everywhere where there is none."""
    asked = targets != IGNORED
    return one_hot(targets.masked_fill(~asked, 0), classes) * asked.unsqueeze(1)
