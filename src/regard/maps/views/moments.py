"""A model at several moments of its training, from the checkpoints that its run has kept."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from torch import nn

from regard.core.run import Run
from regard.core.run_files import LAST
from regard.data.task import Task
from regard.models import build
from regard.training import load
from regard.training.checkpoints import checkpoint
from regard.training.loop.timetable import Timetable

KEPT = "epoch-*.safetensors"
"""The checkpoints that `training.checkpoint_every` keeps."""


def moments(folder: Path, run: Run, task: Task, most: int) -> Iterator[tuple[int, nn.Module]]:
    """Steps and models in evaluation mode, as far apart as they can be: at most so many, in rising order.

    The untrained model is built anew, and is there in any case. The best weights are left out where their
    step is known: they are what is looked at without a step. So is a moment after training has diverged: of
    weights that are no numbers there is nothing to be seen.
    """
    kept = kept_steps(folder, run, task)
    chosen = spread([0, *sorted(kept)], most)
    for step in chosen:
        model = load(kept[step]) if step else build(task.shape, run.mechanisms, run.model, run.seed).eval()
        if all(bool(weight.isfinite().all()) for weight in model.parameters()):
            yield step, model


def kept_steps(folder: Path, run: Run, task: Task) -> Mapping[int, Path]:
    """The files of weights by their steps. Raises `Corrupt` for a damaged last one."""
    paths = sorted(folder.glob(KEPT))
    if not paths and not (folder / LAST).exists():
        return {}
    per_epoch = Timetable.of(run.training, len(task.split("train"))).per_epoch
    found = {int(path.stem.removeprefix("epoch-")) * per_epoch: path for path in paths}
    if (folder / LAST).exists():
        standing = checkpoint.read(folder / LAST, run.digest).rest["loop"]
        found[standing["step"]] = folder / LAST
        found.pop(standing["best_step"], None)
    return found


def spread(steps: list[int], most: int) -> list[int]:
    """So many of them, at most, evenly chosen, the first and the last among them."""
    if len(steps) <= most:
        return steps
    if most < 2:
        return steps[:most]
    return [steps[round(k * (len(steps) - 1) / (most - 1))] for k in range(most)]
