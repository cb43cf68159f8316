"""What every task is made of: samples, disjoint splits, and the contract of a task. Knows no model."""

import importlib
from typing import TYPE_CHECKING, Any

from regard.data.samples import IGNORED, Samples
from regard.data.task import LookUp, Predict, SplitName, Task

if TYPE_CHECKING:
    from regard.data.arrays import from_arrays

__all__ = ["IGNORED", "LookUp", "Predict", "Samples", "SplitName", "Task", "from_arrays"]


def __getattr__(name: str) -> Any:
    # reads and writes files, which most who know what a task is do not
    if name == "from_arrays":
        return importlib.import_module("regard.data.arrays").from_arrays
    raise AttributeError(f"module 'regard.data' has no attribute '{name}'")
