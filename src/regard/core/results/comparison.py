"""The result of a comparison: one task, one baseline, a row for every mechanism."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, final

from regard.core.errors import InvalidOption
from regard.core.frames import frame
from regard.core.outcome import Outcome
from regard.core.results.cost import ModelCost
from regard.core.results.difference import Beyond, Difference, Interval, Verdict
from regard.core.results.result import Result
from regard.core.results.task import TaskFacts
from regard.core.spec import Spec

if TYPE_CHECKING:
    import pandas as pd


@final
@dataclass(frozen=True)
class LeftOut:
    """A mechanism that could not take part, and why."""

    mechanism: str
    reason: str


@final
@dataclass(frozen=True)
class Trial:
    """One value of the tuned setting that was tried, with its score on validation data."""

    value: float
    digest: str
    outcome: Outcome | None
    """None while the run has not ended."""
    validation: float | None = None


@final
@dataclass(frozen=True)
class Seed:
    """One training at the chosen value of the tuned setting."""

    seed: int
    digest: str
    outcome: Outcome | None
    validation: float | None = None
    test: float | None = None
    steps: int | None = None
    steps_to_target: int | None = None

    @property
    def finished(self) -> bool:
        """Whether the training came to its end."""
        return self.outcome == "finished"


@final
@dataclass(frozen=True, kw_only=True)
class Row:
    """One mechanism's results. Scores are shares from 0 to 1."""

    mechanism: str
    """Its name, or the names of a hybrid joined by `+`."""
    label: str
    """Its name with the options that are no defaults, and with the settings of its model that are not the
    comparison's, such as `softmax[qk_norm=rms]`: what it is called in tables and figures."""
    specs: tuple[Spec, ...] = ()
    """One for all layers, or one per layer."""
    model: Mapping[str, Any] = field(default_factory=dict)
    """The settings of its model that are not the comparison's, by name."""
    source: str | None = None
    traits: Mapping[str, Any] = field(default_factory=dict)
    chosen: float
    """The value of the tuned setting that did best on validation data."""
    trials: tuple[Trial, ...] = ()
    seeds: tuple[Seed, ...]
    failures: int
    """How many seeds have no test score."""
    mean: float | None = None
    """Of the test scores of the seeds that finished."""
    interval: Interval | None = None
    """The 95 % interval of the mean, or None where too few seeds finished."""
    interval_method: str | None = None
    difference: Difference | None = None
    """None for the baseline."""
    p_chance: float | None = None
    """Of the claim that the mean exceeds chance by more than the margin."""
    beyond: tuple[Beyond, ...] = ()
    steps_to_target: float | None = None
    cost: ModelCost
    reach: str | None = None
    """Which share of the input positions influences the answer, as a sentence for the reader; None where
    every position reaches every readout."""
    notes: tuple[str, ...] = ()
    """Where settings of its model mean less than they may seem to, a sentence each."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """All sentences for the reader of this row."""
        return (self.reach, *self.notes) if self.reach else self.notes

    @property
    def scores(self) -> tuple[float, ...]:
        """The test scores of the seeds that have one."""
        return tuple(seed.test for seed in self.seeds if seed.test is not None)


@final
@dataclass(frozen=True, kw_only=True)
class ComparisonResult(Result):
    """One task, one baseline, and a row for every mechanism that took part, the baseline's first.

    Read one with `ComparisonResult.read(path)` from its file or from the project folder that holds it:

        result = regard.ComparisonResult.read("out")
        for row in result.ranked:
            print(row.label, row.mean, result.verdict(row), row.cost.flops)

    Printed, it is the table that the terminal shows.
    """

    kind: ClassVar[str] = "comparison"
    folder: ClassVar[str] = "comparisons"
    remedy: ClassVar[str] = "Delete it and compare again: finished runs are not repeated."

    task: TaskFacts
    baseline: str
    """The label of one of the rows."""
    margin: float
    """The largest difference of mean scores that does not matter."""
    level: float
    """The accepted probability of any false positive among all mechanisms."""
    looks: tuple[int, ...] = ()
    """The numbers of seeds at which verdicts are taken while any is open: one, where the number was fixed."""
    date: str | None = None
    """The day on which the last of its runs was started: `2026-05-17`."""
    tuned: str
    """The name of the optimizer's setting that every mechanism chose on validation data: `rate`."""
    rows: tuple[Row, ...]
    description: Mapping[str, Any] = field(default_factory=dict)
    """The comparison as `Comparison.to_json` writes it."""
    versions: Mapping[str, Any] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    target: float | None = None
    """The validation score that `steps_to_target` are counted to: 95 % of the baseline's. None or 0 where
    the baseline has none above 0: then nothing can be counted."""

    def __post_init__(self) -> None:
        if not self.rows:
            raise InvalidOption("A comparison's result needs a row for at least one mechanism, and has none.")

    def __str__(self) -> str:
        """What the terminal shows: the table with all its columns, and the headline."""
        from regard.core.results.table import text_of  # noqa: PLC0415 (it knows this class)

        return text_of(self)

    def to_pandas(self) -> "pd.DataFrame":
        """The columns of the CSV, a row per mechanism. Raises `RegardError` where pandas is missing."""
        from regard.core.results.flat import records  # noqa: PLC0415 (it knows this class)

        return frame(records(self))

    @property
    def tuned_words(self) -> str:
        """The tuned setting as a sentence names it: `learning rate`."""
        return "learning rate" if self.tuned == "rate" else self.tuned

    @property
    def ranked(self) -> tuple[Row, ...]:
        """The rows from the best mean score to the worst; those without one last."""
        return tuple(sorted(self.rows, key=lambda row: (row.mean is None, -(row.mean or 0.0), row.label)))

    @property
    def base(self) -> Row | None:
        """The baseline's row."""
        named = [row for row in self.rows if self.baseline in (row.mechanism, row.label)]
        return next(iter(sorted(named, key=lambda row: row.label != self.baseline)), None)

    def verdict(self, row: Row) -> Verdict | None:
        """What the test says of a row; None where there is nothing to test."""
        if row is self.base:
            return "baseline"
        return row.difference.verdict if row.difference else None

    def at_chance(self, row: Row) -> bool:
        """Whether a mechanism is not shown to beat chance by more than the margin."""
        return row.p_chance is not None and row.p_chance > self.level

    @property
    def nothing_learned(self) -> bool:
        """Whether no mechanism at all is shown to beat chance: not the baseline by its own test, and no other
        by one that counts them all."""
        known = [row.p_chance for row in self.rows if row.p_chance is not None]
        base_learned = self.base is not None and not self.at_chance(self.base)
        return bool(known) and not base_learned and min(known) * len(known) > self.level

    @property
    def flop_conventions(self) -> tuple[str, ...]:
        """What counts as a FLOP in these rows: one sentence, unless they were counted at different times."""
        return tuple(dict.fromkeys(row.cost.flop_convention for row in self.rows))
