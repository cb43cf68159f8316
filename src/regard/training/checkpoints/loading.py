"""A trained model, back from the folder of its run."""

from pathlib import Path

from torch import nn

from regard.core.errors import Corrupt, InvalidOption, MissingFile, told_elsewhere
from regard.core.run import Run
from regard.core.run_files import BEST
from regard.core.shapes import Shape
from regard.data.task import Task
from regard.models import build
from regard.optimization import Load
from regard.training.checkpoints import checkpoint, interface
from regard.training.checkpoints.run_folder import read_run
from regard.training.parts.common import task_of


def load(where: str | Path) -> nn.Module:
    """The model of a run, in evaluation mode, in float32 on the CPU.

    `where` is the run's folder, for the weights that were best on validation data, or one checkpoint in
    it. The data on which it was trained are not needed. No code is executed but regard's own and that of the
    parts which the run names. Raises `MissingFile` where there is no run or no such checkpoint, and `Corrupt`
    where it cannot be trusted.
    """
    where = Path(where)
    path = where if where.suffix == ".safetensors" else where / BEST
    run = read_run(path.parent)
    if not path.exists():
        message = (
            f"{path.parent} has no {path.name}: the run has not come so far, has diverged before, or the "
            f"file was removed. Train it on, or remove the folder to train it again."
        )
        raise MissingFile(message)
    with told_elsewhere():
        model = build(_shape_in(path.parent, run), run.mechanisms, run.model, run.seed)
    try:
        model.load_state_dict(checkpoint.read(path, run.digest).weights)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise Corrupt(
            f"{path} does not fit the model of {run.digest}: {reason} {checkpoint.REMEDY}"
        ) from error
    return model.eval()


def load_task(folder: str | Path) -> Task:
    """The task of a run, with what it found in its data: it takes questions and shows answers without them.

    Samples are made of the data, as ever. Raises `MissingFile` where there is no run, and `Corrupt`.
    """
    folder = Path(folder)
    run = read_run(folder)
    task = task_of(run)
    interface.restore(folder, run, task)
    return task


def _shape_in(folder: Path, run: Run) -> Shape:
    """The shape of a run's model, from its folder; for a run trained before that was kept, from its data."""
    return interface.shape_in(folder, run) or task_of(run).shape


def loading_beside(run: Run) -> Load:
    """Loads models that answer the same question as that of a run, as a teacher does.

    Raises what `load` raises, and `InvalidOption` for a model of another task's shape.
    """

    def load_beside(where: str) -> nn.Module:
        other = read_run(Path(where))
        if _shape_in(Path(where), other) != task_of(run).shape:
            message = (
                f"The model in {where} was trained on {other.task}, whose inputs and answers differ from"
            )
            raise InvalidOption(f"{message} those of {run.task}. Name one that was trained on the same task.")
        return load(where)

    return load_beside
