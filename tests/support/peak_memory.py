"""How much memory a call takes at its highest, in this process."""

import ctypes
import gc
from pathlib import Path

import pyarrow as pa
import pytest

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def peak_growth(call):
    """Bytes by which the resident memory grows at most while something is called."""
    gc.collect()
    # what was freed before must not serve the call unseen
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    try:
        RESET.write_text("5")
    except OSError:
        pytest.skip("the system does not measure the highest resident memory anew")
    before = _status("VmRSS")
    call()
    return _status("VmHWM") - before


def _status(name):
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(name))
    return 1024 * int(line.split()[1])
