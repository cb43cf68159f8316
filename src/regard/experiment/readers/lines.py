"""One line per measurement on standard error."""

import sys
from pathlib import Path
from typing import final

from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.experiment.reader import Reader, title_of
from regard.store import Outcome


@final
class Lines(Reader):
    """Log lines such as `digits softmax seed 0  step 80  validation/score 0.91`."""

    def __init__(self, folder: Path) -> None:
        """Write nothing into the folder: the lines go to standard error."""

    def begin(self, run: Run) -> None:
        _write(f"{title_of(run)}  begins ({run.digest})")

    def read(self, run: Run, measurement: Measurement) -> None:
        _write(f"{title_of(run)}  step {measurement.step}  {measurement.name} {measurement.value:.6g}")

    def end(self, run: Run, outcome: Outcome) -> None:
        _write(f"{title_of(run)}  {outcome}")

    def close(self) -> None:
        """Nothing is held open."""


def _write(line: str) -> None:
    sys.stderr.write(f"{line}\n")
