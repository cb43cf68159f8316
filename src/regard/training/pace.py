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
        self.seconds, self.steps = 0.0, 0

    @contextmanager
    def timing(self, steps: int) -> Iterator[None]:
        """Count the time inside as that of so many steps."""
        start = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - start
        self.steps += steps

    def read(self, step: int, batch: int) -> list[Measurement]:
        """Seconds per step and examples per second, and begin anew."""
        each = self.seconds / self.steps
        self.seconds, self.steps = 0.0, 0
        return [
            Measurement(step, "time/step_seconds", each),
            Measurement(step, "time/examples_per_second", batch / each),
        ]
