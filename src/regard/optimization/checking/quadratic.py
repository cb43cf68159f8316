"""The simplest loss that has a minimum."""

from typing import final

import torch
from torch import Tensor, nn

from regard.core.randomness import generator_of


@final
class Quadratic:
    """f(p) = sum of c (p - t)^2 over 8 numbers p of two parameters, which start at 0; the curvatures c go
    from 1/2 to 2 and the targets t lie between -1 and 1.
    """

    def __init__(self) -> None:
        rng = generator_of(0, "conformance", "quadratic")
        self.target = 2 * torch.rand(8, generator=rng, dtype=torch.float64) - 1
        self.curvature = torch.linspace(0.5, 2, 8, dtype=torch.float64)
        self.weights = {
            "first": nn.Parameter(torch.zeros(2, 3, dtype=torch.float64)),
            "second": nn.Parameter(torch.zeros(2, dtype=torch.float64)),
        }

    def loss(self) -> Tensor:
        """f at the parameters as they are; its least value is 0."""
        point = torch.cat([each.flatten() for each in self.weights.values()])
        return (self.curvature * (point - self.target) ** 2).sum()
