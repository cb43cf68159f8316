"""A process that stays, on a machine of a Ray cluster."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, final

from regard.core.errors import InvalidOption
from regard.experiment.processes import Lost, LostMachine, Overdue
from regard.experiment.ray_cluster import RayCluster, settle
from regard.experiment.station import LocalStation, Station
from regard.experiment.worker import Over, portable

T = TypeVar("T")


@final
class RayStation(Station):
    """The process of one machine of a cluster, which answers all questions: times of two machines are never
    compared. It takes a CPU for each of its threads, and a GPU where the device asks for one.

    With its machine the station is lost, and every question raises `LostMachine`.
    """

    def __init__(self, device: str, seconds: float | None = None, threads: int = 1) -> None:
        """An answer may take so many seconds (None: as long as it likes); torch has so many threads.

        Raises what `RayCluster` does, and `InvalidOption` where no machine has so many CPUs.
        """
        self._cluster = RayCluster(device)
        most = max(each["Resources"].get("CPU", 0) for each in self._cluster.ray.nodes() if each["Alive"])
        if threads > most:
            self._cluster.close()
            raise InvalidOption(f"No machine of the cluster has {threads} CPUs: threads is at most {most:g}.")
        self._post = self._cluster.start(Post, seconds, threads, cpus=threads)

    def ask(self, work: Callable[..., T], *arguments: object) -> T:
        ray = self._cluster.ray
        try:
            said = ray.get(self._post.ask.remote(work, arguments))
        except (ray.exceptions.RayActorError, ray.exceptions.ObjectLostError) as error:
            message = "The machine that measured was lost, or what Ray had started there was killed."
            raise LostMachine(f"{message} Start the same command again.") from error
        if isinstance(said, Lost | Overdue):
            raise said
        if said.error is not None:
            raise said.error
        result: T = said.result
        return result

    def close(self) -> None:
        self._cluster.ray.kill(self._post)  # its process ends with it
        self._cluster.close()


@final
class Post:
    """What stands on the machine: a station there. Errors are values: Ray would add its own traceback."""

    def __init__(
        self, environment: Mapping[str, str], folder: Path, seconds: float | None, threads: int
    ) -> None:
        settle(environment, folder)
        self._station = LocalStation(seconds, threads)

    def ask(self, work: Callable[..., Any], arguments: tuple[object, ...]) -> Over | Lost | Overdue:
        """What the station answers."""
        try:
            return Over(self._station.ask(work, *arguments))
        except (Lost, Overdue) as error:
            return error
        except Exception as error:  # noqa: BLE001 - raised by the one who asks
            return Over(error=portable(error))
