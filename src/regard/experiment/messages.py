"""What a worker says to the parent, which alone writes the store.

Every message is answered before the worker goes on. So a checkpoint never knows more than the store, and
whatever process is killed, nothing is lost and nothing is repeated that was finished.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import final

from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.experiment.job import Ended, Noted


@final
@dataclass(frozen=True)
class Claimed:
    """The run's folder, if it has one, is held by the worker. The answer is a `ClaimAnswer`."""

    run: Run


@final
@dataclass(frozen=True)
class ClaimAnswer:
    """What the store knows of a run that has just been claimed."""

    due: bool
    """Whether anything is left to do: another command may have ended the run in the meantime."""
    best_step: int = 0
    """The step of its best weights."""


@final
@dataclass(frozen=True)
class Begun:
    """Training begins or goes on."""

    run: Run
    versions: dict[str, str | int]
    """Versions and machine, and the `content` of data that come from outside."""


@final
@dataclass(frozen=True)
class TestOpened:
    """The test split is about to be read."""

    run: Run


@final
@dataclass(frozen=True)
class Said:
    """What was measured at one moment."""

    run: Run
    measurements: tuple[Measurement, ...]


Message = Claimed | Begun | TestOpened | Said | Noted | Ended

Work = Generator[Message, ClaimAnswer | None, None]
"""The work of a job: it gives messages and takes their answers, wherever it is performed."""
