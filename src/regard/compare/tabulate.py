"""The result of a comparison as one JSON document, from what the store holds."""

import dataclasses
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final, get_args

from regard.compare.comparison import Comparison, Mechanisms
from regard.compare.costs import Costs
from regard.compare.documents import FORMAT, Document
from regard.compare.eligible import LeftOut
from regard.compare.judge import Difference, Standard, judge
from regard.compare.nature import nature_of
from regard.compare.plan import rate_runs, seed_runs
from regard.core import user_file
from regard.core.errors import RegardError
from regard.core.run import Run
from regard.data import SplitName, Task
from regard.experiment import facts
from regard.measures.convergence import SHARE, median_steps, steps_to
from regard.measures.statistics import Interval, interval
from regard.mechanisms import label
from regard.store import Store
from regard.tasks import TASKS


def tabulate(
    comparison: Comparison, store: Store, costs: Costs, left_out: Iterable[LeftOut] = ()
) -> Document:
    """Everything that the terminal's table and the page show, except curves.

    Equal for equal contents of the store and equal costs, in whatever order the runs were performed.
    `mean` and `interval` are over the seeds that finished; `failures` says how many did not. Scores
    are those of the weights that did best on validation data. The rows are in order: baseline first.
    Raises `RegardError` while runs of the comparison are missing.
    """
    task: Task = TASKS.build(comparison.task.name, **comparison.task.settings)
    table = _Table(comparison, store, len(task.split("test")))
    table.check_complete()
    return {
        "format": FORMAT,
        "digest": comparison.digest,
        "description": comparison.to_json(),
        "versions": table.versions,
        "task": facts(comparison.task, task) | {"sizes": _sizes(task)},
        "left_out": [dataclasses.asdict(each) for each in left_out],
        "baseline": comparison.baseline,
        "margin": comparison.margin,
        "level": comparison.level,
        "target": table.target,
        "rows": [
            table.row(entry)
            | dataclasses.asdict(nature_of(entry, task, comparison.model))
            | {"cost": costs[label(entry)]}
            for entry in comparison.mechanisms
        ],
    }


@final
@dataclass(frozen=True)
class _Table:
    comparison: Comparison
    store: Store
    test_samples: int

    @cached_property
    def paired(self) -> dict[str, list[Run]]:
        """The runs of each mechanism at its chosen rate, one per seed."""
        runs: dict[str, list[Run]] = {}
        for run in seed_runs(self.comparison, self.store):
            runs.setdefault(label(run.mechanisms), []).append(run)
        return runs

    def check_complete(self) -> None:
        """A run that has not been performed is no failure, and must not be shown as one."""
        needed = {run.digest for run in rate_runs(self.comparison)}
        needed |= {run.digest for runs in self.paired.values() for run in runs}
        missing = sum(self.store.outcome(digest) is None for digest in needed)
        if missing:
            message = f"{missing} of {len(needed)} runs of the comparison have not ended."
            raise RegardError(f"{message} Give the same command again: it goes on where it stopped.")

    @cached_property
    def scores(self) -> dict[str, dict[int, float | None]]:
        """Test scores by label and seed."""
        return {name: {run.seed: self._test(run) for run in runs} for name, runs in self.paired.items()}

    @cached_property
    def differences(self) -> dict[str, Difference]:
        standard = Standard(
            margin=self.comparison.margin,
            level=self.comparison.level,
            resolution=1 / self.test_samples,
        )
        return judge(self.scores, self.comparison.baseline, standard)

    @cached_property
    def target(self) -> float | None:
        """The validation score that the race is for: a share of the baseline's, median over its seeds.

        None where the baseline has none, or has 0.
        """
        reached = [self._validation(run) for run in self.paired[self.comparison.baseline]]
        known = [score for score in reached if score is not None]
        # no race leads to a score of 0, which everybody has at the start
        return (SHARE * statistics.median(known) or None) if known else None

    @property
    def versions(self) -> dict[str, Any]:
        """Of the baseline's first run."""
        return self.store.versions(self.paired[self.comparison.baseline][0].digest)

    def row(self, entry: Mechanisms) -> dict[str, Any]:
        name = label(entry)
        seeds = [self._seed(run) for run in self.paired[name]]
        known = [seed["test"] for seed in seeds if seed["test"] is not None]
        spread = interval(known, resolution=1 / self.test_samples) if known else None
        difference = self.differences.get(name)
        return {
            "mechanism": "+".join(user_file.short(spec.name) for spec in entry),
            "label": name,
            "specs": [spec.to_json() for spec in entry],
            "rate": self.paired[name][0].optimizer.settings["rate"],
            "rates": [self._rate(entry, rate) for rate in self.comparison.rates],
            "seeds": seeds,
            "failures": len(seeds) - len(known),
            "mean": spread and spread.mean,
            "interval": _borders(spread, 0.0, 1.0),
            "interval_method": spread and spread.method,
            "difference": difference and _written(difference, self.comparison.level),
            "steps_to_target": median_steps([seed["steps_to_target"] for seed in seeds]),
        }

    def _rate(self, entry: Mechanisms, rate: float) -> dict[str, Any]:
        run = self.comparison.run(entry, rate, self.comparison.first_seed)
        return {
            "rate": rate,
            "digest": run.digest,
            "outcome": self.store.outcome(run.digest),
            "validation": self._validation(run),
        }

    def _seed(self, run: Run) -> dict[str, Any]:
        curve = self.store.measurements(run.digest, "validation/score")
        last = self.store.last(run.digest, "train/loss")
        finished = self._test(run) is not None
        return {
            "seed": run.seed,
            "digest": run.digest,
            "outcome": self.store.outcome(run.digest),
            "validation": self._validation(run),
            "test": self._test(run),
            "steps": last and last.step,
            # a run that failed later has not arrived
            "steps_to_target": steps_to(curve, self.target) if finished and self.target else None,
        }

    def _validation(self, run: Run) -> float | None:
        if self.store.outcome(run.digest) != "finished":
            return None
        best = self.store.best(run.digest)
        return None if best is None else best.value

    def _test(self, run: Run) -> float | None:
        found = self.store.test(run.digest)
        return None if found is None else found.value


def _sizes(task: Task) -> dict[str, int]:
    return {name: len(task.split(name)) for name in get_args(SplitName)}


def _written(difference: Difference, level: float) -> dict[str, Any]:
    spread = difference.spread
    return {
        "mean": spread and spread.mean,
        "interval": _borders(spread, -1.0, 1.0),
        "interval_method": spread and spread.method,
        "p": difference.p,
        "p_holm": difference.p_holm,
        "p_equivalence": difference.p_equivalence,
        "p_equivalence_holm": difference.p_equivalence_holm,
        "test": difference.test,
        "pairs": difference.pairs,
        "verdict": difference.verdict(level),
    }


def _borders(spread: Interval | None, least: float, most: float) -> list[float] | None:
    """The borders of an interval, cut where no score can lie: that never costs coverage."""
    if spread is None or spread.low is None or spread.high is None:
        return None
    return [max(least, spread.low), min(most, spread.high)]
