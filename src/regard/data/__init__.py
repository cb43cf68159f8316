"""What every task is made of: samples, disjoint splits, and the contract of a task. Knows no model."""

from regard.data.samples import IGNORED, Samples
from regard.data.task import LookUp, Predict, SplitName, Task

__all__ = ["IGNORED", "LookUp", "Predict", "Samples", "SplitName", "Task"]
