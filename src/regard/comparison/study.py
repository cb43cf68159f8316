"""The result of a comparison of optimizers, from what the store holds."""

import dataclasses
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import final

import torch

from regard.comparison.asked import standard_of
from regard.comparison.comparison import Comparison
from regard.comparison.courses import first_below, mean_of, means_of, point, read_course
from regard.comparison.judge import judge
from regard.comparison.plan import grid_runs, paired_runs
from regard.comparison.standard import Scores, learned
from regard.core.entry import Entry
from regard.core.errors import InvalidOption, RegardError, told_elsewhere
from regard.core.results import Difference, Trial
from regard.core.results.optimizers import Course, Group, OptimizerRow, OptimizersResult
from regard.core.user_file import short
from regard.data import Samples, Task
from regard.data.samples import IGNORED
from regard.experiment import facts
from regard.models import build
from regard.store import Store
from regard.tasks import TASKS
from regard.training.parts.updates import build_update

CLEARLY = 0.95
"""The share of a constant guess's loss below which a training has learned something."""


def tabulate_optimizers(comparison: Comparison, store: Store) -> OptimizersResult:
    """Fit and generalization of every optimizer at the equal budget, and at the equal training loss.

    Optimizers are compared with the first one on the same model; where models differ each has a group of its
    own, with a level and corrections of its own. Generalization at the equal training loss is read on
    validation data, as the test split is read once, after training. Raises `RegardError` while runs are
    missing, and `InvalidOption` for a comparison without a budget or without optimizers.
    """
    table = _Study(comparison, store)
    table.check_complete()
    budget = comparison.training.budget
    assert budget is not None, "checked with the rest"
    return OptimizersResult(
        digest=comparison.digest,
        task=facts(comparison.task, table.task),
        mechanism="+".join(short(spec.name) for spec in comparison.entries[0].mechanisms),
        budget=budget,
        guess=guess_loss(table.task.split("train")),
        margin=comparison.margin,
        level=comparison.level,
        groups=tuple(table.group(list(entries)) for entries in table.groups),
        description=comparison.to_json(),
        versions=store.versions(grid_runs(comparison)[0].digest),
    )


def guess_loss(samples: Samples) -> float:
    """The loss in nats of the best guess that is the same everywhere: the entropy of all targets."""
    targets = samples.targets
    shares = targets.double().mean(0) if targets.is_floating_point() else _shares(targets)
    return float(torch.special.entr(shares).sum())


def _shares(targets: torch.Tensor) -> torch.Tensor:
    counts = torch.bincount(targets[targets != IGNORED]).double()
    return counts / counts.sum()


@final
@dataclass(frozen=True)
class _Study:
    comparison: Comparison
    store: Store

    @cached_property
    def task(self) -> Task:
        task: Task = TASKS.build(self.comparison.task.name, **self.comparison.task.settings)
        return task

    @cached_property
    def groups(self) -> list[list[Entry]]:
        """The entries by their models, the baseline's first, in each the baseline's optimizer first."""
        entries = self.comparison.entries
        base = entries[0].optimizer
        ordered = sorted(
            entries, key=lambda e: (e.model != entries[0].model, str(e.model), e.optimizer != base)
        )
        return [list(group) for _, group in itertools.groupby(ordered, key=lambda e: e.model)]

    def check_complete(self) -> None:
        """Whatever has not been performed is no failure, and must not be shown as one."""
        if self.comparison.training.budget is None or any(
            e.optimizer is None for e in self.comparison.entries
        ):
            raise InvalidOption("Optimizers are compared at a budget. Set budget=N and optimizer=A,B.")
        needed = {run.digest for run in grid_runs(self.comparison)}
        needed |= {
            run.digest
            for entry in self.comparison.entries
            for run in paired_runs(self.comparison, entry, self.store)
        }
        missing = sum(self.store.outcome(digest) is None for digest in needed)
        if missing:
            message = f"{missing} of {len(needed)} runs of the comparison have not ended."
            raise RegardError(f"{message} Give the same command again: it goes on where it stopped.")

    def group(self, entries: Sequence[Entry]) -> Group:
        rows = [self._row(entry) for entry in entries]
        lowest = [min(c.losses) for row in rows if row.learned for c in row.courses]
        level = max(lowest, default=None)
        standard = standard_of(self.comparison, self.task)
        tests = {row.label: _by_seed(row, lambda course: course.test) for row in rows}
        fits = {row.label: _by_seed(row, _fit) for row in rows}
        of_training = dataclasses.replace(standard, resolution=1 / len(self.task.split("train")))
        apart = judge(tests, rows[0].label, standard)
        fitted = judge(fits, rows[0].label, of_training)
        with_gradients = [tests[row.label] for row in rows if row.gradients]
        return Group(
            model=dict(entries[0].model) if len(self.groups) > 1 else {},
            level=level,
            nobody_learned=level is None,
            gradients_fail=bool(with_gradients)
            and not any(learned(scores, standard, among=len(with_gradients)) for scores in with_gradients),
            rows=tuple(self._with_level(row, level, apart, fitted) for row in rows),
        )

    def _row(self, entry: Entry) -> OptimizerRow:
        runs = paired_runs(self.comparison, entry, self.store)
        courses = tuple(read_course(run, self.store) for run in runs)
        optimizer, tuned = entry.optimizer, self.comparison.tuned_of(entry)
        assert optimizer is not None, "checked with the rest"
        trials = tuple(self._trial(entry, value) for value in self.comparison.grid_of(entry))
        spent = [self.store.last(trial.digest, "cost/forward_equivalents") for trial in trials]
        known = [course.test for course in courses if course.test is not None]
        with told_elsewhere():  # in the log of its runs
            model = build(self.task.shape, entry.mechanisms, entry.settings_in(self.comparison.model), seed=0)
        resolution = 1 / len(self.task.split("test"))
        return OptimizerRow(
            label=self.comparison.label_of(entry),
            optimizer=optimizer,
            gradients=build_update(runs[0].optimizer).abilities.gradients,
            model=dict(entry.model),
            parameters=sum(each.numel() for each in model.parameters()),
            tuned=tuned,
            chosen=runs[0].optimizer.settings[tuned],
            trials=trials,
            tuning_cost=sum(one.value for one in spent if one is not None),
            courses=courses,
            failures=len(courses) - len(known),
            at_budget=point([(c, -1) for c in courses if c.costs], self.task),
            test=mean_of(known, resolution, 1.0),
            details=means_of([course.details for course in courses], self.task.numbers, resolution),
            learned=all(c.losses and min(c.losses) < CLEARLY * self._guess for c in courses),
        )

    @cached_property
    def _guess(self) -> float:
        return guess_loss(self.task.split("train"))

    def _with_level(
        self,
        row: OptimizerRow,
        level: float | None,
        apart: Mapping[str, Difference],
        fitted: Mapping[str, Difference],
    ) -> OptimizerRow:
        points = [
            (course, i)
            for course in row.courses
            if level is not None and (i := first_below(course, level)) is not None
        ]
        return dataclasses.replace(
            row,
            test_difference=apart.get(row.label),
            fit_difference=fitted.get(row.label),
            reached=len(points),
            at_loss=point(points, self.task),
        )

    def _trial(self, entry: Entry, value: float) -> Trial:
        run = self.comparison.run(entry, value, self.comparison.first_seed)
        best = self.store.best(run.digest)
        return Trial(value, run.digest, self.store.outcome(run.digest), None if best is None else best.value)


def _by_seed(row: OptimizerRow, figure: Callable[[Course], float | None]) -> Scores:
    return {course.seed: figure(course) for course in row.courses}


def _fit(course: Course) -> float | None:
    """The score on training data at the end of the budget; None for a training that has not finished."""
    return course.scores[-1] if course.scores and course.outcome == "finished" else None
