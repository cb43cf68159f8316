"""The laws of a task: one per file, independent of one another.

for judgment in TASK_LAWS.check(TaskSubject(StateTracking, {"group": "S3"})):
    print(judgment.law, judgment.outcome, judgment.figure)
"""

from regard.data.checking import TaskSubject
from regard.laws import Laws

TASK_LAWS: Laws[TaskSubject] = Laws("task", __name__)

__all__ = ["TASK_LAWS", "TaskSubject"]
