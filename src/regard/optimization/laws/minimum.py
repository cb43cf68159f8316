"""A minimum is found."""

from collections.abc import Iterator
from typing import final

import torch

from regard.laws import Case
from regard.optimization.checking import OptimizerLaw, OptimizerSubject
from regard.optimization.checking.quadratic import Quadratic

LOSSES = 1000


@final
class Minimum(OptimizerLaw):
    """Of a quadratic in 8 numbers it leaves, after 1,000 losses, no more than the share that it declares."""

    limit = 1.0

    def measure(self, subject: OptimizerSubject) -> Iterator[Case]:
        quadratic = Quadratic()
        search = subject.made(quadratic.weights.items())
        with torch.no_grad():
            first = float(quadratic.loss())
            for _ in range(LOSSES):
                search.allowance = LOSSES - search.evaluations
                before = search.evaluations
                search.step(quadratic.loss)
                if search.evaluations == before:
                    break  # it rests, or has too little left for a step
            yield f"after {search.evaluations} losses", float(quadratic.loss()) / first / search.leaves
