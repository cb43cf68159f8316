"""Storage in memory, for a run without a folder whose best weights are needed."""

from contextlib import AbstractContextManager, nullcontext
from typing import final

from regard.core.measurement import Measurement
from regard.core.run_files import BEST
from regard.data.task import Task
from regard.training.checkpoints.checkpoint import Checkpoint, encoded


@final
class NoLog:
    """A log that is not kept. Warnings go where Python sends them."""

    def write(self, *lines: str) -> None:
        """Keep nothing."""

    def measured(self, measurements: list[Measurement]) -> None:
        """Keep nothing."""

    def warnings(self) -> AbstractContextManager[None]:
        """Change nothing."""
        return nullcontext()


@final
class InMemory:
    """Replaces a run's folder in `fit` and `fit_packed`. Nothing is written to a disk."""

    def __init__(self) -> None:
        self.log = NoLog()
        self.best: bytes | None = None
        """The best weights so far, as the content of a `best.safetensors`."""
        self.has_time = False
        """Last checkpoints are not kept: a run that is interrupted begins anew."""

    def last(self) -> Checkpoint | None:
        """None: there is no checkpoint to go on from."""
        return None

    def keep_interface(self, task: Task) -> None:
        """Keep nothing: whoever holds the weights holds the task."""

    def keep(self, name: str, kept: Checkpoint) -> None:
        """Keep the best weights, and forget all others."""
        if name == BEST:
            self.best = encoded(kept)

    def keep_last(self, kept: Checkpoint) -> None:
        """Keep nothing."""

    def following(self) -> Checkpoint | None:
        """None, like the last one."""
        return None

    def keep_next(self, kept: Checkpoint) -> None:
        """Keep nothing."""

    def take_next(self) -> None:
        """Keep nothing."""

    def rest(self, seconds: float) -> None:
        """Nothing is written that would take time."""
