"""Which evaluator answers the losses of single moves in a training."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from torch import nn

from regard.core.errors import InvalidOption
from regard.derivative_free import Closure, Evaluator, Serial, Space
from regard.derivative_free.block import Block
from regard.derivative_free.stacked import Stacked
from regard.incremental import BatchLoss, Delta, misfit_of
from regard.optimization import Objective
from regard.training.parts.penalty import brings_penalties

if TYPE_CHECKING:
    from regard.training.parts.problem import TrainingProblem

ALONE = 4
"""Moves of a step that `delta` asks of the closure: activations, with a confirmation, cost about as much."""

FULL = ("32-true", "64-true")
"""Precisions in which a model computes in the type of its weights."""


def _serial(problem: "TrainingProblem", space: Space) -> Evaluator:
    return Serial(space, problem.pay)


def _block(problem: "TrainingProblem", space: Space) -> Evaluator:
    return Block(space)


def _stacked(problem: "TrainingProblem", space: Space) -> Evaluator:
    return Stacked(space, problem.bare, problem.loss_of, pay=problem.pay)


def _delta(problem: "TrainingProblem", space: Space) -> Evaluator:
    def of(closure: Closure) -> BatchLoss:
        return BatchLoss(problem.bare, problem.objective, problem.posed)

    return Delta(space, problem.pay, of, alone=ALONE)


MAKERS: Mapping[str, Callable[["TrainingProblem", Space], Evaluator]] = MappingProxyType(
    {"serial": _serial, "block": _block, "stacked": _stacked, "delta": _delta}
)


def choose(name: str, model: nn.Module, objective: Objective, precision: str, device: str) -> tuple[str, str]:
    """The evaluator that a name stands for, and why it is no faster one: empty where it is the fastest.

    Raises `InvalidOption` for one that does not know the model, the objective or the precision.
    """
    obstacle = _obstacle(model, objective, precision)
    if name == "auto":
        if obstacle is None and device != "cpu":
            obstacle = "on an accelerator it was not measured; --evaluator delta asks for it all the same"
        return ("delta", "") if obstacle is None else ("serial", f"delta: {obstacle}")
    if name == "delta" and obstacle is not None:
        raise InvalidOption(f"The evaluator delta cannot be used: {obstacle}. Give --evaluator auto.")
    if name == "stacked" and precision not in FULL:
        raise InvalidOption(f"The evaluator stacked needs {_full(precision)}. Give --evaluator auto.")
    if name == "stacked" and brings_penalties(model):
        message = "The evaluator stacked cannot be used: a mechanism adds a penalty to the loss"
        raise InvalidOption(f"{message}. Give --evaluator auto.")
    return name, ""


def _obstacle(model: nn.Module, objective: Objective, precision: str) -> str | None:
    return misfit_of(model, objective) if precision in FULL else f"it needs {_full(precision)}"


def _full(precision: str) -> str:
    return f"the precision {' or '.join(FULL)}, and training.precision={precision}"
