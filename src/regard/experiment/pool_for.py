"""The pool that an execution asks for."""

from regard.core.execution import Execution
from regard.experiment.local_pool import LocalPool
from regard.experiment.pool import Pool
from regard.experiment.ray_pool import RayPool


def pool_for(execution: Execution, threads: int | None = 1) -> Pool:
    """A pool in whose processes torch has so many threads; None leaves their number to torch.

    Raises `RegardError` where its library is missing or its cluster cannot be reached.
    """
    kind = RayPool if execution.pool == "ray" else LocalPool
    return kind(execution, threads)
