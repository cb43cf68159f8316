"""The result of a comparison of optimizers: how well each fits at equal cost, and how it generalizes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, final

from regard.core.errors import InvalidOption
from regard.core.frames import frame
from regard.core.outcome import Outcome
from regard.core.results.comparison import Trial
from regard.core.results.difference import Difference, Interval
from regard.core.results.result import Result
from regard.core.results.task import TaskFacts
from regard.core.spec import Spec

if TYPE_CHECKING:
    import pandas as pd


@final
@dataclass(frozen=True, kw_only=True)
class Course:
    """How one training went: a point for each evaluation, at increasing costs."""

    seed: int
    digest: str
    outcome: Outcome | None
    test: float | None = None
    """Of the weights that did best on validation data."""
    details: Mapping[str, float] = field(default_factory=dict)
    """Further figures that were read with the test split, by the names that the task gives them."""
    costs: tuple[float, ...] = ()
    """Forward-equivalents so far."""
    seconds: tuple[float, ...] = ()
    """Of training so far, evaluations left out."""
    accepted: tuple[float, ...] = ()
    """Moves that were made so far; empty for an optimizer that counts none."""
    losses: tuple[float, ...] = ()
    """On training data, in evaluation mode."""
    scores: tuple[float, ...] = ()
    """On training data: fit."""
    validation: tuple[float, ...] = ()
    """Scores on validation data: generalization."""


@final
@dataclass(frozen=True)
class Mean:
    """A mean over the seeds that have the figure, and its 95 % interval where two or more have it."""

    mean: float
    interval: Interval | None = None


@final
@dataclass(frozen=True, kw_only=True)
class Point:
    """Where an optimizer is at some point of its trainings; None where no seed has got there."""

    cost: Mean | None = None
    seconds: Mean | None = None
    accepted: Mean | None = None
    loss: Mean | None = None
    fit: Mean | None = None
    """Score on training data."""
    validation: Mean | None = None


@final
@dataclass(frozen=True, kw_only=True)
class OptimizerRow:
    """One optimizer with one model. Scores are shares from 0 to 1."""

    label: str
    """Its name, with what is no default, and with the settings of the model in which it differs."""
    optimizer: Spec
    """Without the tuned setting."""
    gradients: bool
    """Whether it asks for gradients."""
    model: Mapping[str, Any] = field(default_factory=dict)
    """The settings of its model that are its group's own; those with the same ones are compared."""
    parameters: int
    tuned: str
    chosen: float
    """The value of its tuned setting that did best on validation data."""
    trials: tuple[Trial, ...]
    tuning_cost: float
    """Forward-equivalents of all the trials: those that the first seed went on with included."""
    courses: tuple[Course, ...]
    failures: int
    """How many seeds have no test score."""
    at_budget: Point
    test: Mean | None = None
    """Generalization at the equal budget."""
    details: Mapping[str, Mean] = field(default_factory=dict)
    """Further figures of the test split."""
    test_difference: Difference | None = None
    """Of test scores to the group's first optimizer; None for that one."""
    fit_difference: Difference | None = None
    """Of scores on training data, likewise."""
    learned: bool
    """Whether every seed's loss fell clearly below that of the best constant guess."""
    reached: int = 0
    """How many seeds have come to the equal training loss."""
    at_loss: Point = field(default_factory=Point)
    """Where the loss was first at or below the equal training loss."""


@final
@dataclass(frozen=True, kw_only=True)
class Group:
    """Optimizers that are compared on one model, the baseline's row first."""

    model: Mapping[str, Any] = field(default_factory=dict)
    """The settings that tell it from the other groups; empty where there is one group."""
    level: float | None
    """The equal training loss: the lowest that every seed of every optimizer that learned has come to."""
    nobody_learned: bool
    """No optimizer fits the training data better than a constant guess."""
    gradients_fail: bool
    """Optimizers with gradients take part, and none of them is shown to generalize: that the others do not
    either says nothing about training without gradients."""
    rows: tuple[OptimizerRow, ...]


@final
@dataclass(frozen=True, kw_only=True)
class OptimizersResult(Result):
    """One task, one mechanism, one budget, and a row for every optimizer.

        result = regard.OptimizersResult.read("out")
        for row in result.rows:
            print(row.label, row.at_budget.fit, row.test)

    Printed, it is the table that the terminal shows.
    """

    kind: ClassVar[str] = "study"
    folder: ClassVar[str] = "studies"
    remedy: ClassVar[str] = "Delete it and compare again: finished runs are not repeated."

    task: TaskFacts
    mechanism: str
    budget: int
    """Forward-equivalents of each training: a forward pass of the batch counts 1, a backward pass 2."""
    guess: float
    """The training loss of the best constant guess, in nats."""
    margin: float
    level: float
    """The accepted probability of any false find among the optimizers of a group."""
    groups: tuple[Group, ...]
    description: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.groups or not all(group.rows for group in self.groups):
            raise InvalidOption("A study's result needs a row for at least one optimizer, and has none.")

    def __str__(self) -> str:
        """What the terminal shows."""
        from regard.core.results.optimizers_table import text_of  # noqa: PLC0415 (it knows this class)

        return text_of(self)

    @property
    def rows(self) -> tuple[OptimizerRow, ...]:
        """Of all groups."""
        return tuple(row for group in self.groups for row in group.rows)

    def to_pandas(self) -> "pd.DataFrame":
        """The columns of the CSV, a row per optimizer. Raises `RegardError` where pandas is missing."""
        from regard.core.results.optimizers_flat import records  # noqa: PLC0415 (it knows this class)

        return frame(records(self))

    def curves(self) -> "pd.DataFrame":
        """All curves, a row per evaluation. Raises `RegardError` where pandas is missing."""
        from regard.core.results.optimizers_flat import curve_records  # noqa: PLC0415 (it knows this class)

        return frame(curve_records(self))
