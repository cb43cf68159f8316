"""The cluster of Ray to which this process is, or becomes, connected."""

import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any, final

from regard.core.errors import InvalidOption, RegardError

SETTLED = "REGARD_"
"""How the names of the variables begin that machines of the cluster are given."""


@final
class RayCluster:
    """The one to which this process is connected, else that of the variable `RAY_ADDRESS`, else the one that
    `ray start` began on this machine, else one of this machine alone that ends with `close`.
    """

    def __init__(self, device: str) -> None:
        """What is started there computes on a device of this kind.

        Raises `RegardError` where Ray is missing or its cluster cannot be reached, and `InvalidOption` for a
        device with a number, since Ray itself chooses among the GPUs of a machine.
        """
        if ":" in device:
            kind = device.partition(":")[0]
            raise InvalidOption(f"Ray chooses the device of each worker: write {kind}, not {device}.")
        self.device = device
        self.ray = _library()
        self._connects = not self.ray.is_initialized()
        if self._connects:
            _connect(self.ray)

    def start(self, kind: type[Any], *arguments: object, cpus: int = 1) -> Any:
        """An actor of that class somewhere, which may not have started yet. It is given what this process has
        of the environment and where relative paths start (see `settle`), then the arguments. It takes so many
        CPUs, and a GPU where the device asks for one.
        """
        actor = self.ray.remote(kind).options(num_cpus=cpus, num_gpus=self._gpus())
        settled = {name: value for name, value in os.environ.items() if name.startswith(SETTLED)}
        return actor.remote(settled, Path.cwd(), *arguments)

    def close(self) -> None:
        """Let go of the cluster, if this made the connection."""
        if self._connects:
            self._connects = False
            self.ray.shutdown()

    def _gpus(self) -> int:
        """How many GPUs an actor takes."""
        some = self.ray.cluster_resources().get("GPU", 0) > 0
        return int(self.device == "cuda" or (self.device == "auto" and some))


def settle(environment: Mapping[str, str], folder: Path) -> None:
    """Take over, on a machine of the cluster, what a command has of the environment and where it is."""
    os.environ.update(environment)
    with suppress(OSError):  # only paths of the command's own machine need it
        os.chdir(folder)


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
