"""What a run was performed with."""

import os
import platform
from importlib.metadata import version


def versions(device: str) -> dict[str, str | int]:
    """Versions and machine, as kept with every start of a run. `device` is the one asked for."""
    import torch  # noqa: PLC0415 (takes a second)

    found: dict[str, str | int] = {name: version(name) for name in ("regard", "torch", "numpy")}
    return found | {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": torch.backends.cpu.get_cpu_capability(),
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "device": device,
    }
