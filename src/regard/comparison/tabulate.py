"""The result of a comparison, from what the store holds."""

import dataclasses
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final, get_args

from regard.comparison.asked import asked_runs, standard_of, test_score, test_scores
from regard.comparison.beyond import judge_beyond
from regard.comparison.comparison import Comparison
from regard.comparison.costs import Costs
from regard.comparison.judge import judge
from regard.comparison.nature import nature_apart
from regard.comparison.plan import grid_runs
from regard.comparison.standard import Scores, Standard, above_chance
from regard.core import user_file
from regard.core.entry import Entry
from regard.core.errors import RegardError
from regard.core.results import Beyond, ComparisonResult, Difference, LeftOut, ModelCost, Row, Seed, Trial
from regard.core.run import Run
from regard.data import SplitName, Task
from regard.experiment import facts
from regard.measures.convergence import SHARE, median_steps, steps_to
from regard.measures.statistics import interval
from regard.store import Store
from regard.tasks import TASKS


def tabulate(
    comparison: Comparison,
    store: Store,
    costs: Costs,
    left_out: Iterable[LeftOut] = (),
    seconds: float | None = None,
) -> ComparisonResult:
    """Everything that the terminal's table and the page show, except curves.

    What each model is by construction is found in so many seconds, or is unknown (None: as long as it takes).

    Equal for equal contents of the store and equal costs, in whatever order the runs were performed.
    Scores are those of the weights that did best on validation data. The rows are in order: baseline first.
    Raises `RegardError` while runs of the comparison are missing.
    """
    task: Task = TASKS.build(comparison.task.name, **comparison.task.settings)
    table = _Table(comparison, store, task, standard_of(comparison, task), seconds)
    table.check_complete()
    return ComparisonResult(
        digest=comparison.digest,
        task=dataclasses.replace(facts(comparison.task, task), sizes=_sizes(task)),
        baseline=comparison.baseline,
        margin=comparison.margin,
        level=comparison.level,
        looks=comparison.looks,
        date=table.date,
        tuned=comparison.tuned,
        rows=tuple(table.row(entry, costs[comparison.label_of(entry)]) for entry in comparison.entries),
        description=comparison.to_json(),
        versions=table.versions,
        left_out=tuple(left_out),
        target=table.target,
    )


@final
@dataclass(frozen=True)
class _Table:
    comparison: Comparison
    store: Store
    task: Task
    standard: Standard
    seconds: float | None

    @cached_property
    def paired(self) -> dict[str, list[Run]]:
        """The runs of each entry at its chosen value that the verdicts ask for, one per seed, by label."""
        return asked_runs(self.comparison, self.store, self.standard)

    def check_complete(self) -> None:
        """A run that has not been performed is no failure, and must not be shown as one."""
        needed = {run.digest for run in grid_runs(self.comparison)}
        needed |= {run.digest for runs in self.paired.values() for run in runs}
        missing = sum(self.store.outcome(digest) is None for digest in needed)
        if missing:
            message = f"{missing} of {len(needed)} runs of the comparison have not ended."
            raise RegardError(f"{message} Give the same command again: it goes on where it stopped.")

    @cached_property
    def scores(self) -> dict[str, Scores]:
        """Test scores by label and seed."""
        return test_scores(self.paired, self.store)

    @cached_property
    def differences(self) -> dict[str, Difference]:
        return judge(self.scores, self.comparison.baseline, self.standard)

    @cached_property
    def beyond(self) -> dict[str, tuple[Beyond, ...]]:
        """How each mechanism does on sets outside the training distribution, by label."""
        sets = self.task.beyond()
        scores = {
            name: {label: self._scores_on(name, runs) for label, runs in self.paired.items()} for name in sets
        }
        resolutions = {name: 1 / len(samples) for name, samples in sets.items()}
        return judge_beyond(scores, self.comparison.baseline, self.standard, resolutions)

    def _scores_on(self, name: str, runs: Iterable[Run]) -> Scores:
        return {run.seed: self.store.details(run.digest).get(f"{name}/score") for run in runs}

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

    @property
    def date(self) -> str | None:
        """The day on which the last of the paired runs was started."""
        runs = [run for own in self.paired.values() for run in own]
        started = [
            event.time for run in runs for event in self.store.events(run.digest) if event.kind == "started"
        ]
        return f"{max(started):%Y-%m-%d}" if started else None

    def row(self, entry: Entry, cost: ModelCost) -> Row:
        name = self.comparison.label_of(entry)
        seeds = tuple(self._seed(run) for run in self.paired[name])
        known = [seed.test for seed in seeds if seed.test is not None]
        spread = interval(known, resolution=self.standard.resolution) if known else None
        nature = nature_apart(entry, self.task.shape, self.comparison.model, self.seconds)
        return Row(
            mechanism="+".join(user_file.short(spec.name) for spec in entry.mechanisms),
            label=name,
            specs=entry.mechanisms,
            model=dict(entry.model),
            source=nature.source,
            traits=nature.traits,
            chosen=self.paired[name][0].optimizer.settings[self.comparison.tuned_of(entry)],
            trials=tuple(self._trial(entry, value) for value in self.comparison.grid_of(entry)),
            seeds=seeds,
            failures=len(seeds) - len(known),
            mean=spread.mean if spread else None,
            interval=spread.within(0.0, 1.0) if spread else None,
            interval_method=spread.method if spread else None,
            difference=self.differences.get(name),
            p_chance=above_chance(self.scores[name], self.standard),
            beyond=self.beyond.get(name, ()),
            steps_to_target=median_steps([seed.steps_to_target for seed in seeds]),
            cost=cost,
            reach=nature.reach,
            notes=nature.notes,
        )

    def _trial(self, entry: Entry, value: float) -> Trial:
        run = self.comparison.run(entry, value, self.comparison.first_seed)
        return Trial(value, run.digest, self.store.outcome(run.digest), self._validation(run))

    def _seed(self, run: Run) -> Seed:
        curve = self.store.measurements(run.digest, "validation/score")
        last = self.store.last(run.digest, "train/loss")
        test = test_score(run, self.store)
        return Seed(
            seed=run.seed,
            digest=run.digest,
            outcome=self.store.outcome(run.digest),
            validation=self._validation(run),
            test=test,
            steps=last.step if last else None,
            # a run that failed later has not arrived
            steps_to_target=steps_to(curve, self.target) if test is not None and self.target else None,
        )

    def _validation(self, run: Run) -> float | None:
        if self.store.outcome(run.digest) != "finished":
            return None
        best = self.store.best(run.digest)
        return None if best is None else best.value


def _sizes(task: Task) -> dict[str, int]:
    return {name: len(task.split(name)) for name in get_args(SplitName)}
