"""The contract of an update: how training changes the parameters."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

from torch import Tensor

from regard.optimization.objective import Charge
from regard.optimization.problem import Problem

StepMetrics = Mapping[str, Tensor | float]
"""What was measured in a step, by name; tensors of one number stay on the device."""


@final
@dataclass(frozen=True)
class Tuned:
    """The one setting that a comparison tunes, alike for everything that is compared."""

    option: str
    """Its name among the options of the optimizer."""
    grid: tuple[float, ...]
    """The values from which each mechanism chooses, unless the comparison says others."""


@final
@dataclass(frozen=True, kw_only=True)
class Abilities:
    """What a method can do and needs. Whatever is not declared is refused."""

    gradients: bool = False
    """Asks for gradients. Without it there are none: losses are computed without a graph."""
    fixed_batch: bool = False
    """Needs the same batch at every step: it compares losses of different steps."""
    alone: str | None = "it does not declare that it treats every number by itself"
    """Why seeds cannot be trained together as one batched model; None where they can. Then `state_dict`
    holds, beside plain values, tensors of the shape of a parameter, and counters of no dimension."""


class Update(ABC):
    """Abstract. A part of the catalog subclasses it, is final, and takes keyword-only options.

    One object serves one training.
    """

    tuned: ClassVar[Tuned]
    abilities: Abilities = Abilities()
    """Of the method; where options decide, set by the constructor."""

    @abstractmethod
    def begin(self, problem: Problem) -> None:
        """Make ready for a problem's parameters; called once, before `step` and `load_state_dict`."""

    @abstractmethod
    def step(self, problem: Problem) -> StepMetrics:
        """Change the parameters once. Returns what was measured: `loss`, the mean loss on the batch, and
        whatever else should be said of a step.
        """

    @property
    def evaluations(self) -> int:
        """Losses that a search has asked for; here none, for an update that counts none."""
        return 0

    def least_cost(self, charge: Charge) -> float:
        """Forward-equivalents that a step costs at least: here those of one gradient, or of one loss."""
        return charge.gradient if self.abilities.gradients else charge.loss

    def observe(self, problem: Problem, loss: float) -> None:
        """Take note of the validation loss after the problem's step. Here: nothing follows from it."""
        return

    @abstractmethod
    def state_dict(self) -> dict[str, Any]:
        """All that must be known to go on exactly: containers of tensors and plain values."""

    @abstractmethod
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from `state_dict`."""
