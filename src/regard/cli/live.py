"""A bar that moves while other processes train: what they have done is read from the store."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import Progress, TaskID

if TYPE_CHECKING:
    from regard.compare import Comparison
    from regard.store import Store

PERIOD_SECONDS = 1.0


@contextmanager
def moving(bar: Progress, task: TaskID, comparison: "Comparison", store: "Store") -> Iterator[None]:
    """Set what is completed of `task` once a second, in pieces of the comparison (see `work_done`)."""
    from regard.compare import work_done
    from regard.store import Store

    over = threading.Event()

    def watch() -> None:
        # a connection of its own: SQLite's belong to a thread
        with Store(store.folder) as own:
            while not over.wait(PERIOD_SECONDS):
                bar.update(task, completed=work_done(comparison, own))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
