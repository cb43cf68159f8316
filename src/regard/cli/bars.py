"""Bars that follow runs."""

from collections.abc import Mapping, Sequence
from typing import final

from rich.progress import Progress, TaskID

from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.core.user_file import short
from regard.experiment.reader import Reader, title_of
from regard.store import Outcome

COST, SPEED = "cost/forward_equivalents", "time/evaluations_per_second"
DETAILS = {
    "train/radius": "radius {:.3g}",
    "train/acceptance": "{:.1%} accepted",
    SPEED: "{:,.0f} evaluations/s",
    COST: "{:,.0f} forward-equivalents",
}
"""How measurements of a search are said below the bar, in this order, as far as they are measured."""


@final
class RunBars(Reader):
    """A bar for each run that is trained, in steps, or in forward-equivalents where it has a budget of them;
    of several runs it says which one it is.
    """

    def __init__(self, bars: Progress, runs: Sequence[Run]) -> None:
        self.bars = bars
        self.runs = runs
        self.tasks: dict[Run, TaskID] = {}
        self.latest: dict[Run, dict[str, float]] = {}

    def begin(self, run: Run) -> None:
        """The bar appears when training says how long it is: reading a test split has none."""

    def read(self, run: Run, measurement: Measurement) -> None:
        if measurement.name == "train/total_steps":
            total = _units(run, measurement.value)
            self.tasks[run] = self.bars.add_task(self._name(run), total=total, note="")
            self.latest[run] = {}
        elif run in self.tasks and not measurement.name.startswith("test/"):
            self.latest[run][measurement.name] = measurement.value
            if (done := _done(run, measurement)) is not None:
                self.bars.update(self.tasks[run], completed=done)
            if measurement.name == "validation/score":
                self.bars.update(self.tasks[run], note=f"validation {measurement.value:.4f}")
            self.bars.update(self.tasks[run], detail=_detail(self.latest[run]))

    def end(self, run: Run, outcome: Outcome) -> None:
        """A bar stays where it was at the end."""

    def close(self) -> None:
        """Nothing: the bars belong to the caller."""

    def _name(self, run: Run) -> str:
        alone = len(self.runs) == 1
        return title_of(run) + ("" if alone else f" ({self.runs.index(run) + 1} of {len(self.runs)})")


@final
class WholeBar(Reader):
    """One bar for many runs: pieces that are done, and those under way in part."""

    def __init__(self, bars: Progress, name: str, pieces: int) -> None:
        self.bars = bars
        self.pieces = pieces
        self.task = bars.add_task(short(name), total=pieces, note="starting")
        self.done = 0
        self.units: dict[Run, float] = {}
        self.shares: dict[Run, float] = {}

    def finish(self, done: int, note: str) -> None:
        """So many pieces are done altogether."""
        self.done = done
        self.bars.update(self.task, note=note)
        self._show()

    def begin(self, run: Run) -> None:
        """What it is a share of is said by its first measurement."""

    def read(self, run: Run, measurement: Measurement) -> None:
        if measurement.name == "train/total_steps":
            self.units[run] = _units(run, measurement.value)
        elif (done := _done(run, measurement)) is not None and self.units.get(run):
            self.shares[run] = min(1.0, done / self.units[run])
            self._show()

    def end(self, run: Run, outcome: Outcome) -> None:
        self.shares.pop(run, None)

    def close(self) -> None:
        """Nothing: the bar belongs to the caller."""

    def _show(self) -> None:
        self.bars.update(self.task, completed=min(self.pieces, self.done + sum(self.shares.values())))


def _units(run: Run, steps: float) -> float:
    """What a training is long by: its budget, if it has one, else its steps."""
    return steps if run.training.budget is None else run.training.budget


def _done(run: Run, measurement: Measurement) -> float | None:
    """How far the training has come, in the same units; None where the measurement does not say so."""
    if run.training.budget is None:
        return None if measurement.name.startswith("test/") else measurement.step
    return measurement.value if measurement.name == COST else None


def _detail(latest: Mapping[str, float]) -> str:
    """What is worth knowing of the last measurements of a search; nothing of another method."""
    known = [name for name in DETAILS if name in latest and SPEED in latest]
    return ", ".join(DETAILS[name].format(latest[name]) for name in known)
