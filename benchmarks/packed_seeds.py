"""What training five seeds at once gains: `--at-once 5` against one after another.

    python benchmarks/packed_seeds.py

Softmax, 2 layers, by width and batch: on a CPU the gain is that of fewer, larger operations, so it shrinks
as a model grows; on a GPU small models leave most of the device idle. Rounds are taken in turns in one
process on one thread.
"""

from dataclasses import replace

import torch

from regard.core.run import Run
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.spec import Spec
from regard.training.pack.gain import packing_gain

SEEDS = 5
SIZES = [(16, 8), (16, 32), (32, 8), (32, 32), (64, 64)]
"""Features and batch."""


def main() -> None:
    """Print a line for each size."""
    torch.set_num_threads(1)
    for features, batch in SIZES:
        run = Run(
            task=Spec.of("arithmetic", reverse=True),
            mechanisms=(Spec("softmax"),),
            model=ModelSettings(layers=2, features=features, heads=2, hidden=2 * features),
            training=TrainingSettings(steps=1000, batch=batch),
        )
        gain = packing_gain([replace(run, seed=seed) for seed in range(SEEDS)])
        print(f"{features} features, batch {batch}: {SEEDS} seeds at once, {gain:.2f} times as fast")


if __name__ == "__main__":
    main()
