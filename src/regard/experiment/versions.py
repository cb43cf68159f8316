"""What a run was performed with."""

import os
import platform
from importlib.metadata import version

from regard.core.execution import Execution


def versions(execution: Execution) -> dict[str, str | int]:
    """Versions and machine, as kept with every start of a run. What an
    `Execution` says is kept as it was asked for."""
    import torch  # noqa: PLC0415 (takes a second)

    found: dict[str, str | int] = {name: version(name) for name in ("regard", "torch", "numpy")}
    return found | {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": torch.backends.cpu.get_cpu_capability(),
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "device": execution.device,
        "form": execution.form,
        "evaluator": execution.evaluator,
    }
