"""Which share of a training step is spent waiting for data: for each task with its recipe.

    python benchmarks/data_share.py [TASK ...]

Without names, every task whose data are there. Prints the share that `fit` itself reports as
`time/data_share` after the first steps have warmed up.
"""

import dataclasses
import statistics
import sys

from regard.configuration.configuration import configure
from regard.core.errors import RegardError
from regard.tasks import TASKS
from regard.training import fit

STEPS, EVERY = 60, 10


def share_of(task: str) -> float:
    """The median over stretches of ten steps, the first two left out."""
    run = configure([f"task={task}"]).run(0)
    settings = dataclasses.replace(run.training, steps=STEPS, evaluate_every=EVERY)
    run = dataclasses.replace(run, training=settings)
    shares = [m.value for m in fit(run, device="cpu") if m.name == "time/data_share"]
    return statistics.median(shares[2:])


def main() -> None:
    """Print a line for each task."""
    for task in sys.argv[1:] or TASKS.names():
        try:
            print(f"{task}: {100 * share_of(task):.1f} % of a step")
        except RegardError as error:
            print(f"{task}: left out: {error}")


if __name__ == "__main__":
    main()
