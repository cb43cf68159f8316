"""An optimizer that steps by a closure, as an update of a training."""

from collections.abc import Mapping
from typing import Any, final

import torch
from torch import nn

from regard.core.errors import InvalidOption
from regard.optimization.closure_optimizer import ClosureOptimizer
from regard.optimization.problem import Problem
from regard.optimization.update import StepMetrics, Update


@final
class ClosureUpdate(Update):
    """Asks a problem for losses in the place of a closure.

    part: the class of the optimizer.
    options: its keyword-only options.

    Raises `InvalidOption` for options that it refuses.
    """

    optimizer: ClosureOptimizer

    def __init__(self, part: type[ClosureOptimizer], options: Mapping[str, Any]) -> None:
        self.part = part
        self.options = options
        # built once on a single number, so that options are refused before there is a model; which names
        # there are, only the model says
        alone = {name: value for name, value in options.items() if name != "only"}
        self.abilities = part([nn.Parameter(torch.zeros(1))], **alone).abilities

    def begin(self, problem: Problem) -> None:
        named = list(problem.parameters.items())
        self.optimizer = self.part(named, problem.seed, problem.evaluator, **self.options)

    @property
    def evaluations(self) -> int:
        return self.optimizer.evaluations

    def step(self, problem: Problem) -> StepMetrics:
        self.optimizer.allowance = problem.left / problem.charge.loss
        loss = self.optimizer.step(problem.loss)
        if not self.optimizer.evaluations:
            message = f"{self.optimizer.name} needs more than {problem.left:g} forward-equivalents for a step"
            raise InvalidOption(f"{message}. Raise training.budget.")
        return {"loss": loss, **self.optimizer.said(), **self._acceptance()}

    def _acceptance(self) -> Mapping[str, float]:
        """Of all losses so far, the share that led to a move; of what counts its moves."""
        accepted = self.optimizer.said().get("accepted")
        return {} if accepted is None else {"acceptance": accepted / self.optimizer.evaluations}

    def state_dict(self) -> dict[str, Any]:
        return self.optimizer.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.optimizer.load_state_dict(state)
