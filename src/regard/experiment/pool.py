"""Many runs: given as jobs, reported as they are performed."""

from abc import ABC, abstractmethod
from collections.abc import Generator
from types import TracebackType
from typing import Self

from regard.core.execution import Execution
from regard.experiment.job import Job, Report


class Pool(ABC):
    """Performs jobs, to be used in a `with` statement.

    The one who reads the reports may submit further jobs on the way: that is how a search asks for what the
    last results suggest. What a job measures is in the store of its folder before it is reported, and a
    run that has ended is never performed twice, whichever pool or command performed it.
    """

    def __init__(self, execution: Execution) -> None:
        self.execution = execution

    @abstractmethod
    def submit(self, job: Job) -> None:
        """Give one more job. Raises `Corrupt` if the data of a run have changed since it was started."""

    @abstractmethod
    def report(self) -> Generator[Report]:
        """What happens, as it happens, until all that was submitted has ended.

        Every run of every job is reported as `Ended` once. Raises `Unwritable` or `Corrupt` where a store
        fails, and whatever a description gets wrong; what goes wrong with a run is reported.
        """

    @abstractmethod
    def close(self) -> None:
        """End whatever is under way; the same jobs, given again, go on from their checkpoints."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
