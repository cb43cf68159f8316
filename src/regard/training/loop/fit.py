"""The training loop."""

import json
import math
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import replace
from pathlib import Path

import torch

from regard.attention.forms import describe_forms
from regard.core.measurement import Measurement
from regard.core.randomness import undisturbed
from regard.core.run import Run
from regard.core.run_files import BEST
from regard.training.checkpoints.checkpoint import Checkpoint
from regard.training.checkpoints.in_memory import InMemory
from regard.training.checkpoints.run_folder import RunFolder
from regard.training.evaluation.evaluation import evaluate_samples
from regard.training.loop.pace import Pace
from regard.training.loop.standing import Standing
from regard.training.parts.common import Common
from regard.training.parts.device import streams_in
from regard.training.parts.trainer import Trainer

AtStop = tuple[Standing, list[Measurement]]
"""At a stop of the timetable: how far training has come, and what was measured."""


FolderLike = Path | str | InMemory | None
"""Where a run keeps its checkpoints and its log: in a folder, in memory, or nowhere."""

Storage = RunFolder | InMemory


def fit(
    run: Run,
    folder: FolderLike = None,
    device: str = "auto",
    form: str = "auto",
    evaluator: str = "auto",
) -> Iterator[Measurement]:
    """Train, and yield what is measured on the way; the names are listed in docs/architecture.md. The first
    is `train/total_steps`. `device`, `form` and `evaluator` say how it is computed, as those of an
    `Execution`.

    With a folder, training can be ended at any moment, even by force: the next call with the same run
    and folder goes on from the last checkpoint and repeats, on a CPU bit for bit, what came after it. A
    checkpoint is written only after every measurement up to it has been taken. A run that has ended
    yields nothing. One that diverges says so as its last measurement; that is a result and no error.

    Raises a `RegardError` at the first measurement for whatever the description gets wrong, `Corrupt` for
    a checkpoint that cannot be trusted, and `Unwritable` for a folder that cannot be written.
    """
    storage = open_storage(run, folder)
    saved = None if storage is None else storage.last()
    if has_ended(saved):
        return
    with undisturbed(torch.device("cpu")), log_warnings(storage):
        trainer = Trainer.of(run, Common.of(run, device, form, evaluator))
    standing, pace = resume(trainer, storage, saved), Pace()
    with closing(trainer.batches):
        yield total_steps(trainer)
        while standing.ending is None:
            with undisturbed(trainer.device), log_warnings(storage):
                standing, measurements = _train_to_stop(trainer, standing, pace)
            yield from keep(measurements, storage, trainer, standing)


def open_storage(run: Run, folder: FolderLike) -> Storage | None:
    """The storage of a run, if it has one."""
    return folder if folder is None or isinstance(folder, InMemory) else RunFolder.open(Path(folder), run)


def has_ended(saved: Checkpoint | None) -> bool:
    """Whether nothing is left to train."""
    return saved is not None and bool(saved.rest.get("loop", {}).get("ending"))


def step_of(saved: Checkpoint | None) -> int:
    """The step at which a checkpoint was taken; 0 before the first."""
    return 0 if saved is None else int(saved.rest.get("loop", {}).get("step", 0))


def log_warnings(storage: Storage | None) -> AbstractContextManager[None]:
    """Write the warnings that are given inside into the run's log, if it has one."""
    return nullcontext() if storage is None else storage.log.warnings()


def resume(trainer: Trainer, storage: Storage | None, saved: Checkpoint | None) -> Standing:
    """Restore the parts from the last checkpoint, if there is one. Returns how far training has come."""
    standing = Standing() if saved is None else trainer.restore(saved)
    if storage is not None:
        storage.keep_interface(trainer.task)
        storage.log.write(*_opening(trainer, standing))
    return standing


def total_steps(trainer: Trainer) -> Measurement:
    """How many optimizer steps are taken at most."""
    return Measurement(0, "train/total_steps", float(trainer.timetable.total))


def keep(
    measurements: list[Measurement], storage: Storage | None, trainer: Trainer, standing: Standing
) -> Iterator[Measurement]:
    """Yield what was measured; once all of it has been consumed, write the checkpoints that are due."""
    yield from tell(measurements, storage)
    if storage is not None:
        keep_weights(storage, trainer, standing)
        if standing.ending is not None or storage.has_time:
            storage.keep_last(trainer.checkpoint(standing))


def tell(measurements: list[Measurement], storage: Storage | None) -> Iterator[Measurement]:
    """Yield what was measured, and log it."""
    if storage is not None:
        storage.log.measured(measurements)
    yield from measurements


def keep_weights(storage: Storage, trainer: Trainer, standing: Standing) -> None:
    """Write the weights that are due; before the last checkpoint, which refers to the best ones."""
    if standing.step == standing.best_step:
        storage.keep(BEST, trainer.weights())
    if trainer.timetable.keeps_at(standing.step):
        storage.keep(
            f"epoch-{standing.step // trainer.timetable.per_epoch:04d}.safetensors", trainer.weights()
        )


def _train_to_stop(trainer: Trainer, standing: Standing, pace: Pace) -> AtStop:
    """Train up to the next stop, and do there what the timetable says."""
    stop = trainer.timetable.next_stop(standing.step)
    steps = range(standing.step + 1, stop + 1)
    before = trainer.update.evaluations
    with pace.timing():
        found = train_steps(trainer, _within_marks(trainer, steps), pace)
    taken = trainer.problem.step
    pace.count(taken - standing.step, trainer.update.evaluations - before)
    return measure_stop(trainer, replace(standing, step=taken), found, pace)


def _within_marks(trainer: Trainer, steps: range) -> Iterator[int]:
    """The steps, but none behind the one that reaches the next cost at which the budget has an evaluation."""
    budget, ledger = trainer.timetable.budget, trainer.problem.ledger
    reached = budget.marks(ledger.total)
    for step in steps:
        yield step
        if budget.marks(ledger.total) > reached or budget.spent(ledger.total):
            return


def measure_stop(trainer: Trainer, standing: Standing, found: dict[str, float], pace: Pace) -> AtStop:
    """What is measured at a stop, given the figures of training since the last one."""
    stop = standing.step
    if not math.isfinite(found["loss"]):
        return _diverged(standing)
    # with 16-mixed the first gradients overflow, and Fabric skips those steps
    measurements = [
        Measurement(stop, f"train/{name}", value) for name, value in found.items() if math.isfinite(value)
    ]
    budget, cost = trainer.timetable.budget, trainer.problem.ledger.total
    ends = stop == trainer.timetable.total or budget.spent(cost)
    evaluates = ends or trainer.timetable.evaluates_at(stop) or budget.marks(cost) > standing.marks
    if evaluates or budget.cost is not None or not trainer.update.abilities.gradients:
        measurements.append(Measurement(stop, "cost/forward_equivalents", cost))
    measurements += pace.searched(stop)
    if evaluates:
        standing, more = _evaluate(trainer, replace(standing, marks=budget.marks(cost)), pace)
        measurements += more
    if standing.ending is None and ends:
        standing = replace(standing, ending="finished")
    return standing, measurements


def train_steps(trainer: Trainer, steps: Iterable[int], pace: Pace) -> dict[str, float]:
    """Take some steps. Returns their mean loss, and what else the update says of the last one."""
    problem, update = trainer.problem, trainer.update
    losses = []
    # what asks for losses alone compares them: dropout would be noise
    trainer.model.train(update.abilities.gradients)
    with torch.set_grad_enabled(update.abilities.gradients):
        for step in steps:
            problem.take(step, pace)
            said = update.step(problem)
            trainer.follow()
            losses.append(said["loss"])
    # read once for all steps: each reading makes an accelerator wait
    mean = torch.stack([torch.as_tensor(loss) for loss in losses]).mean()
    return {name: float(value) for name, value in {**said, "loss": mean}.items()}


def _evaluate(trainer: Trainer, standing: Standing, pace: Pace) -> AtStop:
    """Measure on validation data, and decide whether training stops."""
    settings, step = trainer.run.training, standing.step
    # decoding bypasses Fabric's wrapping of `forward`: autocast keeps it in the same precision
    with trainer.fabric.autocast():
        found = evaluate_samples(trainer.scored, trainer.task, trainer.validation, settings.batch)
    if not math.isfinite(found.loss):
        return _diverged(standing)
    measurements = [
        Measurement(step, "validation/loss", found.loss),
        Measurement(step, "validation/score", found.score),
        *_fitted(trainer, step),
        *pace.read(step, settings.batch),
    ]
    trainer.update.observe(trainer.problem, found.loss)
    standing = standing.evaluated(found.score, found.loss).stopped(settings, found.score)
    if standing.ending is not None:
        measurements.append(Measurement(step, standing.ending, 1.0))
    return standing, measurements


def _fitted(trainer: Trainer, step: int) -> list[Measurement]:
    """How well the training samples are fitted, measured as validation data are; where there is a budget."""
    if trainer.timetable.budget.cost is None:
        return []
    with trainer.fabric.autocast():
        found = evaluate_samples(
            trainer.scored, trainer.task, trainer.batches.samples, trainer.run.training.batch
        )
    return [Measurement(step, "fit/loss", found.loss), Measurement(step, "fit/score", found.score)]


def _diverged(standing: Standing) -> AtStop:
    return replace(standing, ending="diverged"), [Measurement(standing.step, "diverged", 1.0)]


def _opening(trainer: Trainer, standing: Standing) -> list[str]:
    """The first lines of a log."""
    parameters = sum(parameter.numel() for parameter in trainer.model.parameters())
    return [
        f"run {trainer.run.digest}: {json.dumps(trainer.run.to_json())}",
        f"device {trainer.device}, torch {torch.__version__}, {parameters} parameters",
        f"forms: {describe_forms(trainer.model, trainer.device, streams_in(trainer.run.training.precision))}",
        *([] if trainer.evaluator is None else [f"losses of single moves: {trainer.evaluator}"]),
        f"from step {standing.step} to {trainer.timetable.total}, {trainer.timetable.per_epoch} per epoch",
    ]
