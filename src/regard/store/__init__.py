"""What is known about every run of a project: one SQLite file beside the runs' folders. Knows no torch."""

from regard.store.event import Event, Kind, Outcome
from regard.store.store import Store

__all__ = ["Event", "Kind", "Outcome", "Store"]
