"""A trained model, back from the folder of its run."""

from pathlib import Path

from torch import nn

from regard.core.errors import Corrupt, InvalidOption, MissingFile, told_elsewhere
from regard.core.run import Run
from regard.core.run_files import BEST
from regard.models import build
from regard.optimization import Load
from regard.training.checkpoints import checkpoint
from regard.training.checkpoints.run_folder import read_run
from regard.training.parts.common import task_of


def load(where: str | Path) -> nn.Module:
    """The model of a run, in evaluation mode, in float32 on the CPU.

    `where` is the run's folder, for the weights that were best on validation data, or one checkpoint in
    it. No code is executed but regard's own and that of the parts which the run names. Raises
    `MissingFile` where there is no run or no such checkpoint, and `Corrupt` where it cannot be trusted.
    """
    where = Path(where)
    path = where if where.suffix == ".safetensors" else where / BEST
    run = read_run(path.parent)
    if not path.exists():
        message = (
            f"{path.parent} has no {path.name}: the run has not come so far, or has diverged before. "
            f"Train it on."
        )
        raise MissingFile(message)
    with told_elsewhere():
        model = build(task_of(run).shape, run.mechanisms, run.model, run.seed)
    try:
        model.load_state_dict(checkpoint.read(path, run.digest).weights)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise Corrupt(
            f"{path} does not fit the model of {run.digest}: {reason} {checkpoint.REMEDY}"
        ) from error
    return model.eval()


def loading_beside(run: Run) -> Load:
    """Loads models that answer the same question as that of a run, as a teacher does.

    Raises what `load` raises, and `InvalidOption` for a model of another task's shape.
    """

    def load_beside(where: str) -> nn.Module:
        other = read_run(Path(where))
        if task_of(other).shape != task_of(run).shape:
            message = (
                f"The model in {where} was trained on {other.task}, whose inputs and answers differ from"
            )
            raise InvalidOption(f"{message} those of {run.task}. Name one that was trained on the same task.")
        return load(where)

    return load_beside
