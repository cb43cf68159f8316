"""Jobs performed by the machines of a Ray cluster."""

import logging
import os
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any, final

from regard.core.errors import InvalidOption, RegardError
from regard.core.execution import Execution
from regard.experiment.errand import Errand
from regard.experiment.job import Job
from regard.experiment.outpost import Outpost
from regard.experiment.processes import STARTS
from regard.experiment.worker_pool import TICK_SECONDS, Running, WorkerPool

SETTLED = "REGARD_"
"""How the names of the variables begin that machines of the cluster are given."""


@final
class RayPool(WorkerPool[Errand]):
    """Processes on the machines of a Ray cluster, each for one job only.

    The cluster is the one to which this process is connected, else that of the variable `RAY_ADDRESS`, else
    the one that `ray start` began on this machine, else one of this machine alone that ends with the pool.
    Every worker takes one CPU of it, and one GPU where the device asks for one. A project folder has to lie
    on a disk that all machines share; jobs without one need none.
    """

    def __init__(self, execution: Execution, threads: int | None = 1) -> None:
        """torch has so many threads in each process; None leaves their number to torch.

        Raises `RegardError` where Ray is missing or its cluster cannot be reached, and `InvalidOption` for a
        device with a number, since Ray itself chooses among the GPUs of a machine.
        """
        super().__init__(execution)
        if ":" in execution.device:
            kind = execution.device.partition(":")[0]
            raise InvalidOption(
                f"Ray chooses the device of each worker: write {kind}, not {execution.device}."
            )
        self.threads = threads
        self._ray = _library()
        self._connects = not self._ray.is_initialized()
        if self._connects:
            _connect(self._ray)
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
        if self._connects:
            self._connects = False
            self._ray.shutdown()

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
            outpost = self._ray.remote(Outpost).options(num_cpus=1, num_gpus=self._gpus())
            settled = {name: value for name, value in os.environ.items() if name.startswith(SETTLED)}
            called = outpost.remote(settled, Path.cwd())
            self._coming[called.arrive.remote()] = called

    def _gpus(self) -> int:
        """How many GPUs an outpost takes."""
        some = self._ray.cluster_resources().get("GPU", 0) > 0
        return int(self.execution.device == "cuda" or (self.execution.device == "auto" and some))

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


def _library() -> ModuleType:
    try:
        import ray  # noqa: PLC0415 (takes a second, and few have it)
    except ImportError as error:
        message = "The pool 'ray' needs the package ray, which is not installed."
        raise RegardError(f"{message} Run pip install 'regard[ray]'.") from error
    return ray


def _connect(ray: ModuleType) -> None:
    try:
        ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise RegardError(f"The Ray cluster cannot be reached. Look at RAY_ADDRESS. {reason}") from error
