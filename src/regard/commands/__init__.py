"""What the command line and Python share: a command, from its settings to its result.

`regard.run(...)` is `regard train`, and `regard.compare(...)` is `regard compare`: both read their settings
by the same function and carry them out by the same functions.
"""

from regard.commands.bench import bench
from regard.commands.compare import compare
from regard.commands.compare_optimizers import compare_optimizers
from regard.commands.lens import attention_maps, lens
from regard.commands.train import run
from regard.commands.trained_run import TrainedRun

__all__ = ["TrainedRun", "attention_maps", "bench", "compare", "compare_optimizers", "lens", "run"]
