"""The training loop."""

import json
import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import replace
from pathlib import Path

import torch

from regard.core.measurement import Measurement
from regard.core.randomness import seed_of
from regard.core.run import Run
from regard.training.chance import reseed, undisturbed
from regard.training.checkpoint import Checkpoint
from regard.training.common import Common
from regard.training.evaluation import evaluate_samples
from regard.training.loss import mean_loss
from regard.training.pace import Pace
from regard.training.run_folder import BEST, RunFolder
from regard.training.state import LoopState
from regard.training.trainer import Trainer

Leg = tuple[LoopState, list[Measurement]]
"""A stretch of training between two stops of the timetable: where it led, and what was measured."""


def fit(run: Run, folder: Path | str | None = None, device: str = "auto") -> Iterator[Measurement]:
    """Train, and yield what is measured on the way; the names are listed in docs/architecture.md. The first
    is `train/total_steps`. `training.packed_seeds` says nothing here: one run is one seed.

    With a folder, training can be ended at any moment, even by force: the next call with the same run
    and folder goes on from the last checkpoint and repeats, on a CPU bit for bit, what came after it. A
    checkpoint is written only after every measurement up to it has been taken. A run that has ended
    yields nothing. One that diverges says so as its last measurement; that is a result and no error.

    Raises a `RegardError` at the first measurement for whatever the description gets wrong, `Corrupt` for
    a checkpoint that cannot be trusted, and `Unwritable` for a folder that cannot be written.
    """
    home, saved = opened(run, folder)
    if has_ended(saved):
        return
    with undisturbed(torch.device("cpu")), logging(home):
        trainer = Trainer.of(run, Common.of(run, device))
    state, pace = resumed(trainer, home, saved), Pace()
    with closing(trainer.batches):
        yield total_steps(trainer)
        while state.ending is None:
            with undisturbed(trainer.device), logging(home):
                state, measurements = _leg(trainer, state, pace)
            yield from kept(measurements, home, trainer, state)


def opened(run: Run, folder: Path | str | None) -> tuple[RunFolder | None, Checkpoint | None]:
    """A run's folder and where it was left, as far as there are any."""
    home = None if folder is None else RunFolder.opened(Path(folder), run)
    return home, None if home is None else home.last()


def has_ended(saved: Checkpoint | None) -> bool:
    """Whether nothing is left to train."""
    return saved is not None and bool(saved.rest.get("loop", {}).get("ending"))


def logging(home: RunFolder | None) -> AbstractContextManager[None]:
    """Warnings go into the run's log, if it has one."""
    return nullcontext() if home is None else home.log.warnings()


def resumed(trainer: Trainer, home: RunFolder | None, saved: Checkpoint | None) -> LoopState:
    """Where the training stands, once its parts are as they were left."""
    state = LoopState() if saved is None else trainer.restore(saved)
    if home is not None:
        home.log.write(*_opening(trainer, state))
    return state


def total_steps(trainer: Trainer) -> Measurement:
    """How many optimizer steps are taken at most."""
    return Measurement(0, "train/total_steps", float(trainer.timetable.total))


def kept(
    measurements: list[Measurement], home: RunFolder | None, trainer: Trainer, state: LoopState
) -> Iterator[Measurement]:
    """What was measured; when all of it has been taken, the checkpoints that are due are written."""
    if home is not None:
        home.log.measured(measurements)
    yield from measurements
    if home is not None:
        _keep(home, trainer, state)


def _leg(trainer: Trainer, state: LoopState, pace: Pace) -> Leg:
    """Train up to the next stop, and do there what the timetable says."""
    stop = trainer.timetable.next_stop(state.step)
    steps = range(state.step + 1, stop + 1)
    with pace.timing(len(steps)):
        loss, norm = train_steps(trainer, steps, pace)
    return measured(trainer, replace(state, step=stop), loss, norm, pace)


def measured(trainer: Trainer, state: LoopState, loss: float, norm: float, pace: Pace) -> Leg:
    """What there is to say at a stop, given the mean loss up to it and the norm of the last gradient."""
    stop = state.step
    if not math.isfinite(loss):
        return _diverged(state)
    measurements = [
        Measurement(stop, "train/loss", loss),
        Measurement(stop, "train/rate", trainer.rate.value),
    ]
    if math.isfinite(norm):  # with 16-mixed the first ones overflow, and Fabric skips those steps
        measurements.append(Measurement(stop, "train/gradient_norm", norm))
    if trainer.timetable.evaluates_at(stop):
        state, more = _evaluate(trainer, state, pace)
        measurements += more
    if state.ending is None and stop == trainer.timetable.total:
        state = replace(state, ending="finished")
    return state, measurements


def train_steps(trainer: Trainer, steps: range, pace: Pace) -> tuple[float, float]:
    """Take some steps. Returns their mean loss, and the norm of the last gradient before clipping."""
    model, optimizer, fabric = trainer.model, trainer.optimizer, trainer.fabric
    settings, seed, device = trainer.run.training, trainer.run.seed, trainer.device
    longest = math.inf if settings.clip is None else settings.clip
    losses = []
    model.train()
    for step in steps:
        reseed(device, seed_of(seed, "step", step))
        with pace.waiting_for_data():
            batch = trainer.batches.at(step)
        batch = replace(batch, inputs=trainer.sampling.inputs(model, batch, step))
        loss = mean_loss(model(*batch.given), batch.targets, settings.label_smoothing)
        optimizer.zero_grad()
        fabric.backward(loss)
        norm = fabric.clip_gradients(model, optimizer, max_norm=longest, error_if_nonfinite=False)
        trainer.rate.set(step)
        optimizer.step()
        losses.append(loss.detach())
    assert norm is not None, "Fabric returns one wherever a largest norm is given"
    # read once for all steps: each reading makes an accelerator wait
    return torch.stack(losses).mean().item(), norm.item()


def _evaluate(trainer: Trainer, state: LoopState, pace: Pace) -> Leg:
    """Measure on validation data, and draw the consequences."""
    settings = trainer.run.training
    # answers are written past Fabric's wrapping of `forward`, in the same precision
    with trainer.fabric.autocast():
        found = evaluate_samples(trainer.model, trainer.task, trainer.validation, settings.batch)
    if not math.isfinite(found.loss):
        return _diverged(state)
    measurements = [
        Measurement(state.step, "validation/loss", found.loss),
        Measurement(state.step, "validation/score", found.score),
        *pace.read(state.step, settings.batch),
    ]
    trainer.rate.observe(state.step, found.loss)
    state = state.evaluated(found.score, found.loss).stopped(settings, found.score)
    if state.ending is not None:
        measurements.append(Measurement(state.step, state.ending, 1.0))
    return state, measurements


def _diverged(state: LoopState) -> Leg:
    return replace(state, ending="diverged"), [Measurement(state.step, "diverged", 1.0)]


def _keep(home: RunFolder, trainer: Trainer, state: LoopState) -> None:
    """Write the checkpoints that are due. `last` comes last: what it remembers has then been written."""
    if state.step == state.best_step:
        home.keep(BEST, trainer.weights())
    if trainer.timetable.keeps_at(state.step):
        home.keep(f"epoch-{state.step // trainer.timetable.per_epoch:04d}.safetensors", trainer.weights())
    if state.ending is not None or home.has_time:
        home.keep_last(trainer.checkpoint(state))


def _opening(trainer: Trainer, state: LoopState) -> list[str]:
    """The first lines of a log."""
    parameters = sum(parameter.numel() for parameter in trainer.model.parameters())
    return [
        f"run {trainer.run.digest}: {json.dumps(trainer.run.to_json())}",
        f"device {trainer.device}, torch {torch.__version__}, {parameters} parameters",
        f"from step {state.step} to {trainer.timetable.total}, {trainer.timetable.per_epoch} per epoch",
    ]
