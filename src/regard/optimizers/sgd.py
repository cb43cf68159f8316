"""Stochastic gradient descent."""

from typing import final

import torch
from torch.optim import Optimizer

from regard.core.errors import InvalidOption
from regard.optimization import GradientUpdate, Problem, Tuned
from regard.optimization.schedule import ScheduleKind


@final
class SGD(GradientUpdate):
    """Robbins & Monro 1951, with momentum (Polyak 1964; Sutskever et al. 2013, eq. 1 to 4).

    rate: the peak learning rate.
    momentum: the share of the last step that is taken again; 0 means none.
    nesterov: look ahead along the momentum before the gradient is added. Needs a momentum.
    weight_decay: added to the gradient as that share of the weight. Vectors (biases, norms) do not decay.
    clip, warmup, schedule: see `GradientUpdate`.

    Raises `InvalidOption` for values outside their ranges.
    """

    tuned = Tuned("rate", (1e-2, 3e-2, 1e-1))

    def __init__(
        self,
        *,
        rate: float = 3e-2,
        momentum: float = 0.9,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        clip: float | None = 1.0,
        warmup: float = 0.1,
        schedule: ScheduleKind = "cosine",
    ) -> None:
        super().__init__(rate=rate, clip=clip, warmup=warmup, schedule=schedule)
        self.require_within(momentum=(momentum, 0, 1), weight_decay=(weight_decay, 0, 1e6))
        if nesterov and not momentum:
            raise InvalidOption("sgd: nesterov looks ahead along the momentum. Give a momentum above 0.")
        self.momentum = momentum
        self.nesterov = nesterov
        self.weight_decay = weight_decay

    def optimizer_for(self, problem: Problem) -> Optimizer:
        return torch.optim.SGD(
            self.groups(problem, self.weight_decay),
            lr=self.rate,
            momentum=self.momentum,
            nesterov=self.nesterov,
        )
