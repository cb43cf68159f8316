"""A run belongs to one process at a time, and to nobody as soon as that process is gone."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from regard.core.errors import Unwritable
from regard.experiment import Busy
from regard.experiment.claim import claimed

HOLDER = """
import sys, time
from pathlib import Path
from regard.experiment.claim import claimed
with claimed(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, folder], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def test_a_claim_keeps_others_out_until_its_process_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "with spaces ü"
    process = holder(folder)
    start = time.monotonic()
    with pytest.raises(Busy, match="Another process is performing the run"), claimed(folder, 0.2):
        pass
    assert time.monotonic() - start >= 0.2
    process.kill()
    with claimed(folder, 10.0):
        pass
    process.communicate()


def test_a_claim_ends_with_its_block_and_with_an_error_in_it(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(KeyError), claimed(tmp_path, 0.0):
            raise KeyError
    with claimed(tmp_path, 0.0):
        pass


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unwritable, match="Choose another project folder"), claimed(tmp_path / "file" / "x"):
        pass
