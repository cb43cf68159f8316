"""Trains the run that the tests kill, in a process of its own: prints each measurement as it comes."""

import math
import sys
from pathlib import Path

from training_runs import EVERYTHING, described

from regard.training import fit
from regard.training.checkpoints import run_folder

if __name__ == "__main__":
    run_folder.WRITING_SHARE = math.inf  # a checkpoint at every stop: as much to kill as possible
    for m in fit(described(**EVERYTHING), Path(sys.argv[1]), device="cpu"):
        sys.stdout.write(f"{m.step} {m.name} {m.value.hex()}\n")
        sys.stdout.flush()
