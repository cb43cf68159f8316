"""What keeps a process of somebody else's code from troubling the machine: memory and silence."""

import os
import sys

GIB = 2**30


def limit_memory(gibibytes: float | None) -> None:
    """Let this process have so much memory of its own and no more; None leaves it as it is.

    What asks for more gets the error that it would get from a full machine. Only Linux counts memory in this
    way; elsewhere there is no limit.
    """
    if gibibytes is None or sys.platform != "linux":
        return
    import resource  # noqa: PLC0415 (Windows has none)

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = int(gibibytes * GIB)
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def be_silent() -> None:
    """Drop what this process writes: the terminal belongs to the command."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
