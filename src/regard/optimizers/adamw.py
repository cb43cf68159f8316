"""AdamW."""

from typing import final

import torch
from torch.optim import Optimizer

from regard.optimization import GradientUpdate, Problem, Tuned
from regard.optimization.schedule import ScheduleKind


@final
class AdamW(GradientUpdate):
    """Loshchilov & Hutter 2019, arXiv 1711.05101. Vectors (biases, norms, scales) do not decay.

    rate: the peak learning rate.
    weight_decay: multiplied by the rate, as in torch.
    beta1, beta2: decay of the means of the gradient and of its square.
    clip, warmup, schedule: see `GradientUpdate`.

    Raises `InvalidOption` for values outside their ranges.
    """

    tuned = Tuned("rate", (1e-3, 3e-3, 1e-2))

    def __init__(
        self,
        *,
        rate: float = 1e-3,
        weight_decay: float = 0.01,
        beta1: float = 0.9,
        beta2: float = 0.999,
        clip: float | None = 1.0,
        warmup: float = 0.1,
        schedule: ScheduleKind = "cosine",
    ) -> None:
        super().__init__(rate=rate, clip=clip, warmup=warmup, schedule=schedule)
        self.require_within(weight_decay=(weight_decay, 0, 1e6), beta1=(beta1, 0, 1), beta2=(beta2, 0, 1))
        self.weight_decay = weight_decay
        self.betas = (beta1, beta2)

    def optimizer_for(self, problem: Problem) -> Optimizer:
        return torch.optim.AdamW(self.groups(problem, self.weight_decay), lr=self.rate, betas=self.betas)
