"""What a comparison's document says, as frozen values. Null and NaN both become None."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from regard.core.phrase import phrase
from regard.core.user_file import short

FORMAT = 1
"""The only format of document that this page can draw."""

Verdict = Literal["baseline", "better", "equivalent", "undecided", "worse"]


@dataclass(frozen=True)
class TaskFacts:
    """What was to be learned, and between which scores every result must lie."""

    name: str
    metric: str
    chance: float
    ceiling: float
    options: Mapping[str, Any] = field(default_factory=dict)
    changed: Mapping[str, Any] | None = None
    """The options that are no defaults; None where nobody noted them."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    note: str | None = None
    """What a reader of the scores must know."""
    chances: Mapping[str, float | None] = field(default_factory=dict)
    """Of the figures beside the score, and of the score on sets beyond the test split: `length 64`."""
    numbers: tuple[str, ...] = ()
    """The figures beside the score that are no shares."""

    @property
    def title(self) -> str:
        """The name; of a user's own task the name of its class."""
        return short(self.name)

    @property
    def subtitle(self) -> str:
        """What tells it from others of its name."""
        return phrase(self.options if self.changed is None else self.changed)


@dataclass(frozen=True)
class LeftOut:
    """A mechanism that could not take part, and why."""

    mechanism: str
    reason: str


@dataclass(frozen=True)
class RateTrial:
    """One learning rate that was tried, with its score on validation data."""

    rate: float
    digest: str
    outcome: str | None
    validation: float | None = None


@dataclass(frozen=True)
class SeedResult:
    """One training at the chosen rate."""

    seed: int
    digest: str
    outcome: str | None
    validation: float | None = None
    test: float | None = None
    steps: int | None = None
    steps_to_target: int | None = None

    @property
    def finished(self) -> bool:
        """Whether the training came to its end."""
        return self.outcome == "finished"


@dataclass(frozen=True)
class Difference:
    """A mechanism's mean score minus the baseline's, over pairs of runs with equal seeds."""

    test: str
    verdict: Verdict
    pairs: int
    mean: float | None = None
    interval: tuple[float, ...] | None = None
    p: float | None = None
    p_holm: float | None = None
    p_equivalence_holm: float | None = None
    """Of the claim that the difference lies within the margin."""


@dataclass(frozen=True)
class Costs:
    """What one mechanism's model costs. Bytes are the largest that were in use at once."""

    parameters: float | None = None
    mechanism_parameters: float | None = None
    flops: float | None = None
    mechanism_flops: float | None = None
    latency_ms: float | None = None
    latency_iqr_ms: float | None = None
    throughput_per_s: float | None = None
    inference_peak_bytes: float | None = None
    training_peak_bytes: float | None = None
    memory_method: str | None = None


@dataclass(frozen=True)
class Row:
    """One mechanism's results."""

    mechanism: str
    label: str
    seeds: tuple[SeedResult, ...]
    cost: Costs
    failures: int
    rates: tuple[RateTrial, ...] = ()
    specs: tuple[Mapping[str, Any], ...] = ()
    source: str | None = None
    traits: Mapping[str, Any] = field(default_factory=dict)
    rate: float | None = None
    mean: float | None = None
    interval: tuple[float, ...] | None = None
    interval_method: str | None = None
    difference: Difference | None = None
    steps_to_target: float | None = None

    @property
    def spread(self) -> tuple[float, float] | None:
        """The 95 % interval of the mean score, or None where too few seeds finished."""
        return ends(self.interval)

    @property
    def scores(self) -> tuple[float, ...]:
        """The test scores of the seeds that have one."""
        return tuple(seed.test for seed in self.seeds if seed.test is not None)


@dataclass(frozen=True)
class Comparison:
    """One task, one baseline, and a row for every mechanism that took part."""

    digest: str
    task: TaskFacts
    baseline: str
    margin: float
    level: float
    rows: tuple[Row, ...]
    description: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, Any] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    target: float | None = None
    """The validation score that `steps_to_target` are counted to: 95 % of the baseline's. None or 0 where
    the baseline has none above 0: then nothing can be counted."""

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


def ends(interval: tuple[float, ...] | None) -> tuple[float, float] | None:
    """Both ends of an interval, or None where it has none."""
    return (interval[0], interval[1]) if interval and len(interval) == 2 else None
