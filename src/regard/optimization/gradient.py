"""Descent by gradients: what every optimizer around a `torch.optim.Optimizer` shares."""

from abc import abstractmethod
from dataclasses import replace
from typing import Any

from torch.optim import Optimizer

from regard.core.errors import InvalidOption
from regard.optimization.problem import Problem
from regard.optimization.schedule import Schedule, ScheduleKind
from regard.optimization.update import Abilities, StepMetrics, Update

HIGHEST_RATE = 1e36
"""Above, the arithmetic of optimizers overflows float32; a rate that is merely too high diverges."""


class GradientUpdate(Update):
    """Abstract. Backward, shorten the gradient, set the rate, step.

    rate: the peak learning rate.
    clip: the largest norm of the whole gradient; None means that it is not shortened.
    warmup: the share of all steps during which the rate rises linearly from 0.
    schedule: how the rate goes on from there: down to 0 along a cosine, halved on a plateau, or constant.

    Raises `InvalidOption` for values outside their ranges.
    """

    abilities = Abilities(gradients=True, alone=None)
    optimizer: Optimizer

    def __init__(self, *, rate: float, clip: float | None, warmup: float, schedule: ScheduleKind) -> None:
        self.require_within(rate=(rate, 0, HIGHEST_RATE))
        if clip is not None and not 0 < clip < HIGHEST_RATE:
            message = f"{self.name}: clip must lie above 0 and below {HIGHEST_RATE:g}, or be null for none"
            raise InvalidOption(f"{message}, and is {clip}.")
        self.rate = rate
        self.clip = clip
        self.schedule = Schedule(schedule, warmup)
        if schedule == "plateau":
            reason = "optimizer.schedule=plateau lets each run choose its own rate"
            self.abilities = replace(self.abilities, alone=reason)

    @property
    def name(self) -> str:
        """What errors call it."""
        return type(self).__name__.lower()

    @abstractmethod
    def optimizer_for(self, problem: Problem) -> Optimizer:
        """The optimizer over the parameters of a problem, at the peak rate."""

    def begin(self, problem: Problem) -> None:
        self.optimizer = self.optimizer_for(problem)

    def step(self, problem: Problem) -> StepMetrics:
        loss = problem.gradient()
        rate = self.rate * self.schedule.factor(problem.step, problem.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        norm = problem.descend(self.optimizer, self.clip)
        return {"loss": loss, "rate": rate, "gradient_norm": norm}

    def observe(self, problem: Problem, loss: float) -> None:
        self.schedule.observe(problem.step, problem.steps, loss)

    def state_dict(self) -> dict[str, Any]:
        return {"optimizer": self.optimizer.state_dict(), "schedule": self.schedule.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])

    def groups(self, problem: Problem, weight_decay: float) -> list[dict[str, Any]]:
        """The parameters in two groups: matrices, which decay, and vectors (biases, norms), which do not."""
        matrices = [value for name, value in problem.parameters.items() if problem.dimensions(name) > 1]
        vectors = [value for name, value in problem.parameters.items() if problem.dimensions(name) <= 1]
        return [
            {"params": matrices, "weight_decay": weight_decay},
            {"params": vectors, "weight_decay": 0.0},
        ]

    def require_within(self, **ranges: tuple[float, float, float]) -> None:
        """Raise `InvalidOption` unless least <= value < beyond, for each option: (value, least, beyond)."""
        for option, (value, least, beyond) in ranges.items():
            if not least <= value < beyond:
                message = f"{self.name}: {option} must lie between {least} and {beyond}, and is {value}."
                raise InvalidOption(message)
