"""How fast training goes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

from regard.core.measurement import Measurement


@final
class Pace:
    """Time spent on training steps, evaluation and writing excluded, since it was last read."""

    def __init__(self) -> None:
        self.seconds, self.steps, self.waiting, self.evaluations = 0.0, 0, 0.0, 0

    @contextmanager
    def waiting_for_data(self) -> Iterator[None]:
        """Count the time inside, within a step, as spent on its batch.

        An accelerator is not waited for: there it is the time that the host needs to ask for the batch.
        """
        start = time.perf_counter()
        yield
        self.waiting += time.perf_counter() - start

    @contextmanager
    def timing(self, steps: int = 0) -> Iterator[None]:
        """Count the time inside as that of so many steps, beside those that `count` adds."""
        start = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - start
        self.steps += steps

    def count(self, steps: int, evaluations: int = 0) -> None:
        """Count so many steps, of which nobody knew before how many there would be, and the losses that a
        search has asked for in them.
        """
        self.steps += steps
        self.evaluations += evaluations

    def take_share(self, whole: "Pace", count: int) -> None:
        """Count one of `count` equal shares of the time that was spent on as many runs at once."""
        self.seconds += whole.seconds / count
        self.waiting += whole.waiting / count
        self.steps += whole.steps

    def searched(self, step: int) -> list[Measurement]:
        """Of a search the losses per second; nothing of a method that asks for none by itself."""
        if not self.evaluations:
            return []
        return [Measurement(step, "time/evaluations_per_second", self.evaluations / self.seconds)]

    def read(self, step: int, batch: int) -> list[Measurement]:
        """Seconds per step, examples per second, and the share of time spent waiting for data; then anew."""
        each, share = self.seconds / self.steps, self.waiting / self.seconds
        self.seconds, self.steps, self.waiting, self.evaluations = 0.0, 0, 0.0, 0
        return [
            Measurement(step, "time/step_seconds", each),
            Measurement(step, "time/examples_per_second", batch / each),
            Measurement(step, "time/data_share", share),
        ]
