"""TestOpened the test split of a finished run, as a worker performs it."""

from pathlib import Path

from regard.core.errors import Unwritable
from regard.core.execution import Execution
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.data import Task
from regard.experiment.failure import line_of, log_error
from regard.experiment.job import Ended
from regard.experiment.messages import Said, TestOpened, Work
from regard.store import Predictions, write_predictions
from regard.tasks import TASKS

LARGEST_BATCH = 1024
"""Samples read at once at most: training on all data at a time says nothing of what fits beside a test."""


def read_test(run: Run, folder: Path, best_step: int, execution: Execution) -> Work:
    """Measure a run on its test split, with the weights that did best on validation data.

    The figures are one message, so that they are kept together or not at all.
    """
    yield TestOpened(run)  # before reading: an interrupted reading is one too
    try:
        figures = _figures(run, folder, execution.device)
    except Unwritable:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - logged in full
        log_error(folder, error)
        failure = line_of(error)
    else:
        found = (Measurement(best_step, f"test/{name}", value) for name, value in figures.items())
        yield Said(run, tuple(found))
        yield Ended(run, "finished", score=figures["score"])
        return
    yield Ended(run, "failed", failure)


def _figures(run: Run, folder: Path, device: str) -> dict[str, float]:
    from regard.training import examine, load  # noqa: PLC0415 (takes a second)
    from regard.training.parts.device import fabric_for  # noqa: PLC0415

    model = load(folder).to(fabric_for(device, "32-true").device)
    task: Task = TASKS.build(run.task.name, **run.task.settings)
    found = examine(model, task, min(run.training.batch, LARGEST_BATCH))
    if found.predictions is not None:
        write_predictions(folder, _kept(task, found.predictions.tolist()))
    return dict(found.figures)


def _kept(task: Task, predicted: list[int]) -> Predictions:
    labels = task.labels or tuple(map(str, range(getattr(task.shape.output, "classes", 0))))
    return Predictions(labels, tuple(task.split("test").targets.tolist()), tuple(predicted))
