"""Jobs performed by the machines of a Ray cluster."""

from collections.abc import Iterable
from typing import Any, final

from regard.core.errors import RegardError
from regard.core.execution import Execution
from regard.experiment.errand import Errand
from regard.experiment.job import Job
from regard.experiment.outpost import Outpost
from regard.experiment.processes import STARTS
from regard.experiment.ray_cluster import RayCluster
from regard.experiment.worker_pool import TICK_SECONDS, Running, WorkerPool


@final
class RayPool(WorkerPool[Errand]):
    """Processes on the machines of a Ray cluster (see `RayCluster`), each for one job only.

    Every worker takes one CPU of it, and one GPU where the device asks for one. A project folder has to lie
    on a disk that all machines share; jobs without one need none.
    """

    def __init__(self, execution: Execution, threads: int | None = 1) -> None:
        """torch has so many threads in each process; None leaves their number to torch.

        Raises what `RayCluster` does.
        """
        super().__init__(execution)
        self.threads = threads
        self._cluster = RayCluster(execution.device)
        self._ray = self._cluster.ray
        self._coming: dict[Any, Any] = {}
        """Outposts that Ray has not started yet, by the reference to their arrival."""
        self._free: list[Any] = []
        self._failures = 0
        """How many outposts in a row have ended before they had started."""

    def close(self) -> None:
        super().close()
        for outpost in [*self._free, *self._coming.values()]:
            self._ray.kill(outpost)
        self._free.clear()
        self._coming.clear()
        self._cluster.close()

    @property
    def _has_room(self) -> bool:
        return bool(self._free)

    def _give(self, job: Job, seconds: float | None) -> Errand:
        outpost = self._free.pop()
        said = outpost.begin.remote(job, self.execution, seconds, self.threads)
        return Errand(self._ray, outpost, said)

    def _hear(self) -> Iterable[Running[Errand]]:
        self._call()
        running = {each.worker.said: each for each in self._running}
        awaited = [*running, *self._coming]
        self._ray.wait(awaited, timeout=TICK_SECONDS)
        ready, _ = self._ray.wait(awaited, num_returns=len(awaited), timeout=0)
        for arrival in self._coming.keys() & set(ready):
            self._arrive(arrival)
        return [running[said] for said in ready if said in running]

    def _release(self, worker: Errand) -> None:
        if worker.over:
            self._free.append(worker.outpost)
        else:
            self._ray.kill(worker.outpost)  # the process of the job ends with it

    def _call(self) -> None:
        """Ask for as many outposts as there is work for."""
        wanted = min(self.execution.workers, len(self._running) + len(self._waiting))
        there = len(self._running) + len(self._coming) + len(self._free)
        for _ in range(wanted - there):
            called = self._cluster.start(Outpost)
            self._coming[called.arrive.remote()] = called

    def _arrive(self, arrival: Any) -> None:
        """An outpost has started, or failed to."""
        outpost = self._coming.pop(arrival)
        try:
            self._ray.get(arrival)
        except self._ray.exceptions.RayError as error:
            self._failures += 1
            if self._failures == STARTS:
                reason = str(error).strip().splitlines()[-1]
                message = "What Ray starts on its machines ends at once; is regard installed on all of them?"
                raise RegardError(f"{message} {reason}") from error
        else:
            self._failures = 0
            self._free.append(outpost)
