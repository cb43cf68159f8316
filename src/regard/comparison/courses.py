"""How trainings with a budget went, from the store, and where they stood at one point."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from regard.comparison.asked import test_score
from regard.core.results.optimizers import Course, Mean, Point
from regard.core.run import Run
from regard.data import Task
from regard.measures.statistics import interval
from regard.store import Store


def read_course(run: Run, store: Store) -> Course:
    """The course of a run that was trained with a budget."""
    curves: dict[str, dict[int, float]] = {}
    for one in store.measurements(run.digest):
        curves.setdefault(one.name, {})[one.step] = one.value
    steps = sorted(curves.get("fit/loss", {}))
    return Course(
        seed=run.seed,
        digest=run.digest,
        outcome=store.outcome(run.digest),
        test=test_score(run, store),
        details=store.details(run.digest),
        costs=_at(curves, "cost/forward_equivalents", steps),
        seconds=_seconds(curves.get("time/step_seconds", {}), steps),
        accepted=_latest(curves.get("train/accepted", {}), steps),
        losses=_at(curves, "fit/loss", steps),
        scores=_at(curves, "fit/score", steps),
        validation=_at(curves, "validation/score", steps),
    )


def first_below(course: Course, loss: float) -> int | None:
    """The first evaluation at which the training loss is not above; None if it always is."""
    return next((i for i, each in enumerate(course.losses) if each <= loss), None)


def point(points: Iterable[tuple[Course, int]], task: Task) -> Point:
    """Means over trainings, each at one of its evaluations. A score moves in steps of one sample."""
    trained, held_out = 1 / len(task.split("train")), 1 / len(task.split("validation"))
    points = list(points)

    def over(name: str, step: float = 0.0, most: float = math.inf) -> Mean | None:
        columns = [(getattr(course, name), i) for course, i in points]
        return mean_of([column[i] for column, i in columns if column], step, most)

    return Point(
        cost=over("costs"),
        seconds=over("seconds"),
        accepted=over("accepted"),
        loss=over("losses"),
        fit=over("scores", trained, 1.0),
        validation=over("validation", held_out, 1.0),
    )


def means_of(
    figures: Sequence[Mapping[str, float]], numbers: Sequence[str], resolution: float
) -> dict[str, Mean]:
    """The mean of each figure over those that have it. All but losses and `numbers` are shares of 1."""

    def mean(name: str) -> Mean | None:
        values = [each[name] for each in figures if name in each]
        is_share = name not in numbers and not name.endswith("loss")
        return mean_of(values, resolution, 1.0) if is_share else mean_of(values)

    found = {name: mean(name) for name in dict.fromkeys(name for each in figures for name in each)}
    return {name: each for name, each in found.items() if each is not None}


def mean_of(values: Sequence[float], resolution: float = 0.0, most: float = math.inf) -> Mean | None:
    """The mean and its 95 % interval, which is cut at 0 and at `most`; None without any value."""
    if not values:
        return None
    found = interval(values, resolution=resolution)
    return Mean(found.mean, found.within(0.0, most))


def _at(curves: dict[str, dict[int, float]], name: str, steps: Sequence[int]) -> tuple[float, ...]:
    return tuple(curves[name][step] for step in steps)


def _seconds(paces: dict[int, float], steps: Sequence[int]) -> tuple[float, ...]:
    """Each pace is that of the steps since the evaluation before."""
    found, before, total = [], 0, 0.0
    for step in steps:
        total += paces.get(step, 0.0) * (step - before)
        found.append(total)
        before = step
    return tuple(found)


def _latest(values: dict[int, float], steps: Sequence[int]) -> tuple[float, ...]:
    """At each step the last value that was said by then."""
    if not values:
        return ()
    known = sorted(values)
    return tuple(values[known[max(0, bisect_right(known, step) - 1)]] for step in steps)
