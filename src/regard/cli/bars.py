"""Bars that follow runs."""

from collections.abc import Sequence
from typing import final

from rich.progress import Progress, TaskID

from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.core.user_file import short
from regard.experiment.reader import Reader, title_of
from regard.store import Outcome


@final
class RunBars(Reader):
    """A bar for each run that is trained, in steps; of several runs it says which one it is."""

    def __init__(self, bars: Progress, runs: Sequence[Run]) -> None:
        self.bars = bars
        self.runs = runs
        self.tasks: dict[Run, TaskID] = {}

    def begin(self, run: Run) -> None:
        """The bar appears when training says how long it is: reading a test split has none."""

    def read(self, run: Run, measurement: Measurement) -> None:
        if measurement.name == "train/total_steps":
            total = int(measurement.value)
            self.tasks[run] = self.bars.add_task(self._name(run), total=total, note="")
        elif run in self.tasks and not measurement.name.startswith("test/"):
            self.bars.update(self.tasks[run], completed=measurement.step)
            if measurement.name == "validation/score":
                self.bars.update(self.tasks[run], note=f"validation {measurement.value:.4f}")

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
        self.steps: dict[Run, float] = {}
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
            self.steps[run] = measurement.value
        elif measurement.name == "train/loss" and self.steps.get(run):
            self.shares[run] = min(1.0, measurement.step / self.steps[run])
            self._show()

    def end(self, run: Run, outcome: Outcome) -> None:
        self.shares.pop(run, None)

    def close(self) -> None:
        """Nothing: the bar belongs to the caller."""

    def _show(self) -> None:
        self.bars.update(self.task, completed=min(self.pieces, self.done + sum(self.shares.values())))
