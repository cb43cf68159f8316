"""A task under test: built as often as a law needs it, read by models that guess, know or look things up."""

from regard.data.checking.law import TaskLaw
from regard.data.checking.subject import SPLITS, TaskSubject

__all__ = ["SPLITS", "TaskLaw", "TaskSubject"]
