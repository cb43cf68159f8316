"""Memory that a process keeps for itself once it has it."""

import ctypes
import sys
from contextlib import suppress

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
"""Parameters of mallopt(3)."""

MOST_KEPT = 2**31 - 1
"""Bytes of freed memory that are kept, the most that mallopt takes."""


def keep_freed_memory() -> None:
    """Have the allocator keep what is let go for what comes next, rather than return it to the system.

    Pages that were returned are cleared when they are taken again, one fault for every 4 KiB. glibc returns
    every block of 32 MiB or more at once, as many a matrix of weights is, and a training then spends most of
    its time on faults. Elsewhere than in glibc nothing happens.
    """
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):  # another library of C
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_MAX, 0)
        libc.mallopt(M_TRIM_THRESHOLD, MOST_KEPT)
