"""A user's own arrays as a task: checked, kept by their content, and found by it in any process."""

from regard.data.arrays.from_arrays import from_arrays
from regard.data.arrays.task import ArrayTask

__all__ = ["ArrayTask", "from_arrays"]
