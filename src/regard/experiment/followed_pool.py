"""A pool whose runs can be followed while they are performed."""

from collections.abc import Callable, Generator, Sequence
from typing import final

from regard.core.run import Run
from regard.experiment.failure import line_of
from regard.experiment.job import Ended, Job, Measured, Noted, Report
from regard.experiment.pool import Pool
from regard.experiment.reader import Reader


@final
class FollowedPool(Pool):
    """Hands every report of another pool to readers first, and closes pool and readers together.

    A reader that fails costs no training: it is reported in one line, and reads nothing more. `tell` is given
    such lines, and what the pool notes.
    """

    def __init__(self, pool: Pool, readers: Sequence[Reader], tell: Callable[[str], None]) -> None:
        super().__init__(pool.execution)
        self._pool = pool
        self._readers = list(readers)
        self._tell = tell
        self._begun: set[Run] = set()

    def submit(self, job: Job) -> None:
        self._pool.submit(job)

    def report(self) -> Generator[Report]:
        for report in self._pool.report():
            self._hear(report)
            yield report

    def close(self) -> None:
        self._pool.close()
        self._each(lambda reader: reader.close())
        self._readers.clear()

    def _hear(self, report: Report) -> None:
        match report:
            case Measured(run, measurement):
                if run not in self._begun:
                    self._begun.add(run)
                    self._each(lambda reader: reader.begin(run))
                self._each(lambda reader: reader.read(run, measurement))
            case Ended(run, outcome):
                if run in self._begun:
                    self._begun.remove(run)
                    self._each(lambda reader: reader.end(run, outcome))
            case Noted(_, line):
                self._tell(line)

    def _each(self, do: Callable[[Reader], None]) -> None:
        for reader in list(self._readers):
            try:
                do(reader)
            except Exception as error:  # noqa: BLE001 - reported, and training goes on
                self._readers.remove(reader)
                name = type(reader).__name__
                self._tell(f"{name} follows the runs no more: {line_of(error)}. Training goes on.")
