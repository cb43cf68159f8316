"""Readers of measurements while runs are performed: a bar, a log, a file, a dashboard."""

from abc import ABC, abstractmethod

from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.core.user_file import short
from regard.mechanisms import label
from regard.store import Outcome


class Reader(ABC):
    """Abstract. Reads the measurements of any number of runs, several of them at a time."""

    @abstractmethod
    def begin(self, run: Run) -> None:
        """A run is heard of for the first time, or again after its end: its test split is read."""

    @abstractmethod
    def read(self, run: Run, measurement: Measurement) -> None:
        """A run that has begun measured something. One that goes on may repeat what it said before."""

    @abstractmethod
    def end(self, run: Run, outcome: Outcome) -> None:
        """A run that has begun has ended."""

    @abstractmethod
    def close(self) -> None:
        """Nothing more will be read; runs that have not ended go on another time."""


def title_of(run: Run) -> str:
    """What a run is called by those who follow it: `digits softmax seed 0`."""
    return f"{short(run.task.name)} {label(run.mechanisms)} seed {run.seed}"
