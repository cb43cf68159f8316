"""The test split, read once."""

from regard.core.errors import Unwritable
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.data import Task
from regard.experiment.claim import claimed
from regard.experiment.perform import RunFailed, failed
from regard.experiment.same_data import check_data
from regard.store import Predictions, Store, write_predictions
from regard.tasks import TASKS

LARGEST_BATCH = 1024
"""Samples read at once at most: training on all data at a time says nothing of what fits beside a test."""


def examine(digest: str, store: Store, device: str = "auto", patience_seconds: float | None = None) -> float:
    """The test score of a finished run, with the weights that did best on validation data.

    The test split is read on the first call only, and the store says when; later calls return what
    was found then. Raises `RunFailed` for a run that has not finished, and where reading goes wrong, and
    `Corrupt` if the run's data have changed since it was started.
    """
    run = store.run(digest)
    check_data([run], store)
    known = store.test(digest)
    if known is not None:
        return known.value
    if store.outcome(digest) != "finished":
        message = f"Run {digest} has not finished, so its test split is not read. Perform it first."
        raise RunFailed(message)
    with claimed(store.folder_of(digest), patience_seconds):
        known = store.test(digest)  # again: another process may have read it while we waited
        return known.value if known is not None else _examine(run, store, device)


def _examine(run: Run, store: Store, device: str) -> float:
    store.record(run.digest, "tested")  # before reading: an interrupted reading is one too
    try:
        found = _measure(run, store, device)
    except Unwritable:
        raise
    except (Exception, SystemExit) as error:
        raise failed(run.digest, store, error) from error
    store.append(run.digest, found)
    known = store.test(run.digest)
    assert known is not None
    return known.value


def _measure(run: Run, store: Store, device: str) -> list[Measurement]:
    from regard.training import examination, load  # noqa: PLC0415 (takes a second)
    from regard.training.parts.device import fabric_for  # noqa: PLC0415

    model = load(store.folder_of(run.digest)).to(fabric_for(device, "32-true").device)
    task: Task = TASKS.build(run.task.name, **run.task.settings)
    found = examination(model, task, min(run.training.batch, LARGEST_BATCH))
    if found.predictions is not None:
        write_predictions(store.folder_of(run.digest), _kept(task, found.predictions.tolist()))
    best = store.best(run.digest)
    step = best.step if best else 0
    return [Measurement(step, f"test/{name}", value) for name, value in found.figures.items()]


def _kept(task: Task, predicted: list[int]) -> Predictions:
    labels = task.labels or tuple(map(str, range(getattr(task.shape.output, "classes", 0))))
    return Predictions(labels, tuple(task.split("test").targets.tolist()), tuple(predicted))
