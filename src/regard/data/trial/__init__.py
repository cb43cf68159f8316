"""A task on trial: built as often as a law needs it, read by models that guess, know or look things up."""

from regard.data.trial.law import TaskLaw
from regard.data.trial.subject import SPLITS, TaskSubject

__all__ = ["SPLITS", "TaskLaw", "TaskSubject"]
