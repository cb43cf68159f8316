"""From a description to stored measurements: one run here, many on local processes."""

from regard.experiment.claim import Busy
from regard.experiment.examine import examine
from regard.experiment.facts import facts
from regard.experiment.jobs import Report, Workers
from regard.experiment.packs import packs, perform_pack, performing_pack
from regard.experiment.perform import RunFailed, perform, performing
from regard.experiment.progress import progress

__all__ = [
    "Busy",
    "Report",
    "RunFailed",
    "Workers",
    "examine",
    "facts",
    "packs",
    "perform",
    "perform_pack",
    "performing",
    "performing_pack",
    "progress",
]
