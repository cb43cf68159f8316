"""From logits of many candidates to their losses, and what a loss reads of them."""

from typing import final

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor
from torch.nn.functional import log_softmax, one_hot

from regard.data.samples import IGNORED
from regard.incremental.changes import Channels

Losses = Float64[Tensor, " k"]


@final
class Scoring:
    """The mean loss of each of k candidates, from their logits at the positions that count.

    It is cross-entropy with targets as shares of classes: the sum over positions of lse · Σ y - Σ y logit.

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
        """From logits."""
        gained = log_softmax(logits, 2).flatten(1).double() @ self.shares.flatten().double()
        return -gained / self.count

    def of_channels(self, logits: Float[Tensor, "n classes"], changes: Channels) -> Losses:
        """From changes of the logits of one class each."""
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


def _one_hot(targets: Int64[Tensor, " n"], classes: int) -> Int64[Tensor, "n classes"]:
    """1 at the class of each target; 0 everywhere where there is none."""
    asked = targets != IGNORED
    return one_hot(targets.masked_fill(~asked, 0), classes) * asked.unsqueeze(1)
