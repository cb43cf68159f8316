"""What happens in a worker's process."""

import multiprocessing
import os
import threading
from pathlib import Path

from regard.core.run import Run
from regard.experiment.claim import Busy
from regard.experiment.examine import examine
from regard.experiment.perform import perform
from regard.store import Outcome, Store

PATIENCE_SECONDS = 1.0
"""How long a worker waits for a run that another command performs, before it takes the next one."""


def begin() -> None:
    """Prepare a fresh process: one thread, torch imported, and an end when the parent ends."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # here, so that its import is not charged to the first run's time limit
    import torch  # noqa: PLC0415

    torch.set_num_threads(1)


def _end_with_parent() -> None:
    """A parent that is killed cannot end its workers, and the next command would wait for them."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def perform_here(folder: Path, run: Run, device: str) -> Outcome | None:
    """How the run ended, or None if another command is performing it."""
    with Store(folder) as store:
        try:
            return perform(run, store, device, PATIENCE_SECONDS)
        except Busy:
            return None


def examine_here(folder: Path, digest: str, device: str) -> Outcome | None:
    """The same for reading the test split of a finished run."""
    with Store(folder) as store:
        try:
            examine(digest, store, device, PATIENCE_SECONDS)
        except Busy:
            return None
        return "finished"
