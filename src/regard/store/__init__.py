"""What is known about every run of a project: one SQLite file beside the runs' folders. Knows no torch."""

from regard.core.outcome import Outcome
from regard.store.event import Event, EventKind
from regard.store.named_run import named_run, project_of
from regard.store.predictions import Predictions, read_predictions, write_predictions
from regard.store.store import FACTS, Store, run_folder

__all__ = [
    "FACTS",
    "Event",
    "EventKind",
    "Outcome",
    "Predictions",
    "Store",
    "named_run",
    "project_of",
    "read_predictions",
    "run_folder",
    "write_predictions",
]
