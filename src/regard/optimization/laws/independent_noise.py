"""Noise of different tensors."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor, nn

from regard.core.randomness import generator_of
from regard.laws import Case
from regard.optimization.checking import OptimizerLaw, OptimizerSubject

WIDTH = 20


@final
class IndependentNoise(OptimizerLaw):
    """Where it moves two tensors of equal shape at once, it does not move them alike."""

    # of independent directions the mean of |cos| is near 0.04, or 0.15 where both are of rank one
    limit = 0.4

    def measure(self, subject: OptimizerSubject) -> Iterator[Case]:
        names = ("first", "second")
        weights = {name: nn.Parameter(torch.zeros(WIDTH, WIDTH, dtype=torch.float64)) for name in names}
        slopes = torch.randn(2, WIDTH, WIDTH, generator=generator_of(0, "slopes"), dtype=torch.float64)
        cosines = list[float]()

        def loss() -> Tensor:
            # read by a function of torch, so that a method that substitutes what is read is seen as well
            first, second = (each.clone().flatten() for each in weights.values())
            cosines.append(abs(float(torch.cosine_similarity(first, second, dim=0))))
            return (slopes[0].flatten() * first).sum() + (slopes[1].flatten() * second).sum()

        search = subject.made(weights.items())
        search.allowance = 40
        for _ in range(12):
            search.step(loss)
        yield "in 12 steps", sum(cosines) / max(1, len(cosines))
