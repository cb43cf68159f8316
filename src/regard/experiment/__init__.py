"""From a description to stored measurements: one run in this process, many by a `Pool`."""

from regard.core.errors import RunFailed
from regard.experiment.apart import apart
from regard.experiment.claim import Busy
from regard.experiment.facts import facts
from regard.experiment.followed_pool import FollowedPool
from regard.experiment.job import Ended, Job, Measured, Noted, Report
from regard.experiment.local_pool import LocalPool
from regard.experiment.packs import packs
from regard.experiment.perform import examine, perform, performing
from regard.experiment.pool import Pool
from regard.experiment.pool_for import pool_for
from regard.experiment.processes import Lost, Overdue
from regard.experiment.reader import Reader
from regard.experiment.serial_pool import SerialPool

__all__ = [
    "Busy",
    "Ended",
    "FollowedPool",
    "Job",
    "LocalPool",
    "Lost",
    "Measured",
    "Noted",
    "Overdue",
    "Pool",
    "Reader",
    "Report",
    "RunFailed",
    "SerialPool",
    "apart",
    "examine",
    "facts",
    "packs",
    "perform",
    "performing",
    "pool_for",
]
