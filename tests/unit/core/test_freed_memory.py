"""Freed memory is not cleared again when it is taken again."""

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys, torch
from regard.core.freed_memory import keep_freed_memory
torch.set_num_threads(1)
if sys.argv[1] == "kept":
    keep_freed_memory()
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.ones(2**24).exp()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
print(sum(faults() for _ in range(20)) / 20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the allocator is another one")
@pytest.mark.parametrize(("kept", "least", "most"), [("kept", 0, 16_000), ("returned", 32_000, 40_000)])
def test_blocks_of_64_mib_are_not_cleared_each_time(kept, least, most) -> None:
    done = subprocess.run([sys.executable, "-c", FAULTS, kept], capture_output=True, text=True, check=True)
    assert least <= float(done.stdout) <= most
