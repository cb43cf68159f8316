"""What is known of a run: what `regard train` prints, and `regard.run` returns."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, final

from regard.comparison.labels import label_of
from regard.core.entry import Entry
from regard.core.frames import frame
from regard.core.outcome import Outcome
from regard.core.run import Run
from regard.data import Task
from regard.report.details import chance_of, key_of, rank
from regard.store import Store, read_predictions
from regard.tasks import TASKS

if TYPE_CHECKING:
    import pandas as pd
    from torch import nn

SHOWN_CLASSES = 12
"""Classes whose accuracy is printed; of more, the worst ones."""


@final
@dataclass(frozen=True, kw_only=True)
class TrainedRun:
    """One run with what it has reached. Printed, it is what the terminal shows."""

    digest: str
    folder: str
    """Where its weights and its log lie."""
    outcome: Outcome | None
    task: str
    mechanism: str
    seed: int
    metric: str
    chance: float
    ceiling: float
    note: str | None
    """What a reader of the scores must know."""
    steps: int
    validation: float | None
    """The best score on validation data; None if there is none."""
    test: float | None
    """The test score of those weights; None while the test split has not been read."""
    details: Mapping[str, float]
    """Further figures of the test, by name."""
    chances: Mapping[str, float]
    """What guessing reaches in those of which anybody knows it."""
    by_class: Mapping[str, float]
    """The share of right predictions of each class; empty where samples have no class."""

    @classmethod
    def of(cls, run: Run, store: Store) -> Self:
        """What the store and the run's folder know."""
        task: Task = TASKS.build(run.task.name, **run.task.settings)
        best, test, last = (
            store.best(run.digest),
            store.test(run.digest),
            store.last(run.digest, "train/loss"),
        )
        folder, details = store.folder_of(run.digest), store.details(run.digest)
        predictions = read_predictions(folder)
        return cls(
            digest=run.digest,
            folder=str(folder),
            outcome=store.outcome(run.digest),
            task=run.task.name,
            mechanism=label_of(Entry.of(run.mechanisms)),
            seed=run.seed,
            metric=task.metric,
            chance=task.chance,
            ceiling=task.ceiling,
            note=task.note,
            steps=last.step if last else 0,
            validation=best.value if best else None,
            test=test.value if test else None,
            details=details,
            chances=_chances(task, details),
            by_class={} if predictions is None else predictions.by_class,
        )

    def load(self) -> "nn.Module":
        """The trained model, in evaluation mode on the CPU."""
        from regard.training import load  # noqa: PLC0415 (takes a second)

        return load(self.folder)

    def to_json(self) -> dict[str, Any]:
        """The document that `regard train --json` prints."""
        return dataclasses.asdict(self)

    def to_pandas(self) -> "pd.DataFrame":
        """All that was measured, with the columns `step`, `name` and `value`.

        Raises `RegardError` where pandas is missing.
        """
        with Store.existing(Path(self.folder).parents[1]) as store:
            return frame([dataclasses.asdict(one) for one in store.measurements(self.digest)])

    def __str__(self) -> str:
        read = "not read (--test reads it once)" if self.test is None else f"{self.test:.4f}"
        best = "none" if self.validation is None else f"{self.validation:.4f}"
        lines = [
            f"{self.mechanism} on {self.task}, seed {self.seed}: {self.outcome} after {self.steps} steps",
            f"  validation {self.metric}  {best}  (chance {self.chance:.4f}, ceiling {self.ceiling:g})",
            f"  test {self.metric}        {read}",
            *self._details(),
            *self._classes(),
            *([f"  note: {self.note}"] if self.note else []),
            f"  {self.folder}",
        ]
        return "\n".join(lines)

    def _details(self) -> list[str]:
        chances = {name: f"  (chance {chance:.4f})" for name, chance in self.chances.items()}
        details = sorted(self.details.items(), key=lambda pair: rank(key_of(pair[0])))
        return [f"    {name}  {value:.4f}{chances.get(name, '')}" for name, value in details]

    def _classes(self) -> list[str]:
        worst = dict(sorted(self.by_class.items(), key=lambda pair: pair[1])[:SHOWN_CLASSES])
        left = len(self.by_class) - len(worst)
        shown = worst if left else self.by_class
        lines = [f"    class {name}  {value:.4f}" for name, value in shown.items()]
        return lines + ([f"    ... and {left} classes that are better"] if left else [])


def _chances(task: Task, details: Mapping[str, float]) -> dict[str, float]:
    known = task.chances() if details else {}
    found = {name: chance_of(known, key_of(name)) for name in details}
    return {name: chance for name, chance in found.items() if chance is not None}
