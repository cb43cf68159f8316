"""What it costs that workers speak to one parent, which alone writes the store.

    python benchmarks/streaming_overhead.py

The same runs, in turns: trained in this process, which writes each measurement into the store itself, and by
a worker, each of whose measurements is sent to the parent, written there and acknowledged. Small runs on a
small task, so that measuring is a large share of the work: real runs pay less.
"""

import statistics
import tempfile
import time
from pathlib import Path

import torch

from regard.core.execution import Execution
from regard.core.run import Run
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.spec import Spec
from regard.experiment import Job, LocalPool, Pool, SerialPool

ROUNDS, RUNS, STEPS = 7, 2, 600
CPU = Execution(device="cpu", workers=1)


def main() -> None:
    """Print the median of the ratios."""
    torch.set_num_threads(1)  # as in a worker
    with tempfile.TemporaryDirectory() as folder, LocalPool(CPU) as local, SerialPool(CPU) as serial:
        _seconds(local, Path(folder) / "warm", 0)
        _seconds(serial, Path(folder) / "warm", 1)
        streamed, unkept = [], []
        for number in range(ROUNDS):
            here = _seconds(serial, Path(folder) / f"here {number}", number)
            streamed.append(_seconds(local, Path(folder) / f"there {number}", number) / here)
            unkept.append(_seconds(local, None, number) / here)
    print(f"through the parent: {statistics.median(streamed):.3f} of the time of writing directly")
    print(f"without a folder: {statistics.median(unkept):.3f}")


def _seconds(pool: Pool, folder: Path | None, seed: int) -> float:
    start = time.perf_counter()
    for i in range(RUNS):
        pool.submit(Job((_run(1000 * seed + i),), folder=folder))
    for _ in pool.report():
        pass
    return time.perf_counter() - start


def _run(seed: int) -> Run:
    return Run(
        task=Spec.of("arithmetic", digits=1, form="masked", samples=100),
        mechanisms=(Spec.of("softmax"),),
        model=ModelSettings(layers=1, features=16, heads=2, hidden=32),
        training=TrainingSettings(epochs=10_000, steps=STEPS, batch=16, evaluate_every=100),
        seed=seed,
    )


if __name__ == "__main__":
    main()
