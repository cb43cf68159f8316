"""The contract of an optimizer without gradients."""

import math
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim import Optimizer

from regard.core.errors import Corrupt, InvalidOption
from regard.derivative_free import Closure, Evaluator, Serial, Space
from regard.optimization.update import Abilities, Tuned

EvaluatorOf = Callable[[Space], Evaluator]
"""Makes what answers the losses of single moves in a space."""


class ClosureOptimizer(Optimizer):
    """Abstract. An optimizer of torch whose `step(closure)` asks for losses and never for a gradient.

    It works alone on any module, in evaluation mode and with a closure that keeps its batch within a step;
    and it is a part of the catalog: options are keyword-only. Parameters that are frozen, empty or tied count
    as in `Space`. A loss that is not finite is never accepted.

    params: `module.named_parameters()` or `module.parameters()`.
    seed: of everything that is drawn.
    evaluator: how losses of single moves are computed; one after another unless another is given.
    only: patterns of the names of parameters that are changed, such as `embed.*`; empty means all.

    Raises `InvalidOption` for options outside their ranges, and where there is nothing to change.
    """

    tuned: ClassVar[Tuned]
    abilities: Abilities = Abilities()
    leaves: ClassVar[float] = 0.5
    """Of the loss of a quadratic in 8 numbers, whose least loss is 0, the share that is left at most after
    1,000 losses; the law `minimum` holds it to that."""

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[tuple[str, Tensor]],
        seed: int = 0,
        evaluator: EvaluatorOf = Serial,
        *,
        only: tuple[str, ...] = (),
    ) -> None:
        super().__init__(params, {})
        self.space = Space(_named(self.param_groups), only)
        self.evaluator = evaluator(self.space)
        self.seed = seed
        self.steps = 0
        """Steps taken: of each, what is drawn has its own name."""
        self.evaluations = 0
        """Losses that were asked for."""
        self.allowance = math.inf
        """How many losses the next step may ask for at most; whoever has a budget sets it."""
        self.best: float | None = None
        """The loss at the parameters as they are, on the batch of the last step; None if it is not known."""

    @property
    def name(self) -> str:
        """What errors call it."""
        return type(self).__module__.rpartition(".")[2]

    def step(self, closure: Closure) -> float:  # type: ignore[override]  # a closure is no choice here
        """Change the parameters once, or leave them. Returns the loss on which the step has built.

        Whatever the closure raises is raised, and leaves parameters and state as they were: the same step can
        be asked again.
        """
        if closure is None:
            raise InvalidOption(f"{self.name} has no gradient: give step a closure that returns the loss.")
        before = self._known()
        with torch.no_grad():
            try:
                self.evaluator.begin(closure)
                found = self.search()
            except BaseException:
                self._return_to(before)
                self.evaluator.forget()
                raise
        self.steps += 1
        return found

    @abstractmethod
    def search(self) -> float:
        """Take one step, without gradients. Returns the loss on which it has built, NaN if it could ask for
        none.

        Where a closure raises, it puts the parameters back as they were; what `memory` holds comes back
        without its doing.
        """

    def ask(self) -> float:
        """The loss at the parameters as they are."""
        self.evaluations += 1
        return self.evaluator.incumbent()

    def said(self) -> Mapping[str, float]:
        """What should be said of the last step, beside its loss."""
        return {}

    @abstractmethod
    def memory(self) -> dict[str, Any]:
        """What this method must know to go on, beside the parameters: plain values and tensors, none of which
        is changed in place afterwards.
        """

    @abstractmethod
    def recall(self, memory: dict[str, Any]) -> None:
        """Go on from `memory`."""

    def state_dict(self) -> dict[str, Any]:
        """All that must be known to go on exactly, in the form of torch's optimizers."""
        return super().state_dict() | {"search": self._known()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from `state_dict`. Raises `Corrupt` for a state that is none of a search."""
        if "search" not in state_dict:
            raise Corrupt(f"This state is none of {self.name}: it holds no search.")
        super().load_state_dict({key: state_dict[key] for key in ("state", "param_groups")})
        self._return_to(state_dict["search"])

    def _known(self) -> dict[str, Any]:
        """All that a search knows beside its options."""
        shared = {"steps": self.steps, "evaluations": self.evaluations, "seed": self.seed, "best": self.best}
        return shared | {"memory": self.memory()}

    def _return_to(self, known: dict[str, Any]) -> None:
        self.steps, self.evaluations, self.seed = known["steps"], known["evaluations"], known["seed"]
        self.best = known["best"]
        self.recall(known["memory"])

    def require(self, holds: bool, expected: str) -> None:
        """Raise `InvalidOption` unless it holds."""
        if not holds:
            raise InvalidOption(f"{self.name}: {expected}")

    def require_above(self, least: float, **options: float) -> None:
        """Raise `InvalidOption` unless every option is finite and above `least`."""
        for option, value in options.items():
            fine = math.isfinite(value) and value > least
            self.require(fine, f"{option} must be a number above {least:g}, and is {value}.")


def _named(groups: list[dict[str, Any]]) -> Iterable[tuple[str, Tensor]]:
    """All parameters with their names; without names they are called by their place."""
    for i, group in enumerate(groups):
        known = group.get("param_names")
        for j, each in enumerate(group["params"]):
            yield (known[j] if known else f"{i}.{j}" if len(groups) > 1 else str(j)), each
