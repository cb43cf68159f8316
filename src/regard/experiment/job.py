"""What a pool is given, and what it reports."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, final

from regard.core.errors import InvalidOption
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.store import Outcome, run_folder


@final
@dataclass(frozen=True)
class Job:
    """Work for one worker. Raises `InvalidOption` for a job that cannot be done."""

    runs: tuple[Run, ...]
    """One run, or several that differ in nothing but the seed, to be trained at once."""
    what: Literal["train", "examine"] = "train"
    """Train the runs, or read the test split of runs that have finished."""
    folder: Path | None = None
    """The project folder; None means that nothing is written, and all there is to know is reported."""
    with_weights: bool = False
    """Whether the report of a trained run brings its best weights."""

    def __post_init__(self) -> None:
        if not self.runs:
            raise InvalidOption("A job needs at least one run, and has none.")
        if self.what == "examine" and self.folder is None:
            message = (
                "Reading a test split needs the project folder in which the run's weights lie: give one."
            )
            raise InvalidOption(message)

    def folder_of(self, run: Run) -> Path | None:
        """Where a run of the job keeps its files."""
        return None if self.folder is None else run_folder(self.folder, run.digest)


@final
@dataclass(frozen=True)
class Measured:
    """One more measurement of a run. It is in the store, if the job has a folder."""

    run: Run
    measurement: Measurement


@final
@dataclass(frozen=True)
class Noted:
    """Something to know about runs that nobody has to act on, in one line."""

    runs: tuple[Run, ...]
    line: str


@final
@dataclass(frozen=True)
class Ended:
    """How one run of a job ended."""

    run: Run
    outcome: Outcome
    detail: str = ""
    """Why, if it failed."""
    score: float | None = None
    """The best validation score of a training, the test score of a reading; None where there is none."""
    weights: bytes | None = None
    """The best weights as safetensors, if the job asked for them."""


Report = Measured | Noted | Ended
