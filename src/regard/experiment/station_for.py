"""The station that an execution asks for."""

from regard.core.execution import Execution
from regard.experiment.ray_station import RayStation
from regard.experiment.station import LocalStation, Station


def station_for(execution: Execution, threads: int = 1) -> Station:
    """A station in whose process torch has so many threads. Raises what `RayStation` raises."""
    seconds = execution.timeout_seconds
    if execution.pool == "ray":
        return RayStation(execution.device, seconds, threads)
    return LocalStation(seconds, threads)
