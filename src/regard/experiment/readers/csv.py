"""All measurements in one table."""

import csv
from pathlib import Path
from typing import final

from regard.core.errors import Corrupt
from regard.core.files import writing
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.experiment.reader import Reader
from regard.mechanisms import label
from regard.store import Outcome

COLUMNS = ("digest", "task", "mechanism", "seed", "step", "name", "value")


@final
class Csv(Reader):
    """`measurements.csv` in the project folder: one row per measurement, appended as it comes.

    What is in the table already, as after an interruption, is not written again.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / "measurements.csv"
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._known = _known(path)
            new = not path.exists()
            self._file = path.open("a", encoding="utf-8", newline="", buffering=1)
        self._rows = csv.writer(self._file)
        if new:
            self._rows.writerow(COLUMNS)

    def begin(self, run: Run) -> None:
        """A row says itself which run it is of."""

    def read(self, run: Run, measurement: Measurement) -> None:
        key = (run.digest, str(measurement.step), measurement.name)
        if key not in self._known:
            self._known.add(key)
            described = (run.digest, run.task.name, label(run.mechanisms), run.seed)
            self._rows.writerow((*described, measurement.step, measurement.name, repr(measurement.value)))

    def end(self, run: Run, outcome: Outcome) -> None:
        """The store keeps outcomes; the table holds measurements alone."""

    def close(self) -> None:
        self._file.close()


def _known(path: Path) -> set[tuple[str, str, str]]:
    """Run, step and name of every row that is there. Raises `Corrupt` for a table with other columns."""
    if not path.exists():
        return set()
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.DictReader(file)
        if tuple(table.fieldnames or ()) != COLUMNS:
            raise Corrupt(f"{path} is not a table of measurements: its columns are others. Move it away.")
        return {(row["digest"], row["step"], row["name"]) for row in table}
