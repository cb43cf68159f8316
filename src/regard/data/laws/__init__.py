"""The laws of a task: one per file, strangers to one another.

for verdict in TASK_LAWS.check(TaskSubject(StateTracking, {"group": "S3"})):
    print(verdict.law, verdict.outcome, verdict.figure)
"""

from regard.data.trial import TaskSubject
from regard.laws import Laws

TASK_LAWS: Laws[TaskSubject] = Laws("task", __name__)

__all__ = ["TASK_LAWS", "TaskSubject"]
