"""The training loop for several seeds at once."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

import torch

from regard.core.measurement import Measurement
from regard.core.randomness import undisturbed
from regard.core.run import Run
from regard.training.checkpoints.checkpoint import Checkpoint
from regard.training.loop.fit import (
    FolderLike,
    Storage,
    has_ended,
    keep_weights,
    log_warnings,
    measure_stop,
    open_storage,
    resume,
    step_of,
    tell,
    total_steps,
)
from regard.training.loop.pace import Pace
from regard.training.loop.standing import Standing
from regard.training.pack.checkpoints import common_checkpoints, keep_together
from regard.training.pack.pack import Pack, refuse_packing
from regard.training.parts.common import Common
from regard.training.parts.trainer import Trainer


def fit_packed(
    runs: Sequence[Run], folders: Sequence[FolderLike], device: str = "auto", form: str = "auto"
) -> Iterator[tuple[Run, Measurement]]:
    """Train runs that differ in nothing but the seed, and yield what is measured of each.

    Folders and checkpoints are those of `fit`, so that a run which was begun in a pack can be ended alone.
    Checkpoints from which training goes on are written for all seeds or for none: a pack that is ended at
    any moment, even by force, goes on as one, on a CPU bit for bit as if it had not been ended.

    Raises what `fit` raises, for any of the runs, and `InvalidOption` for settings that cannot be packed
    and for seeds that have no step in common, as those that were trained alone. Whatever torch raises for
    operations that cannot be batched over seeds, it raises before the first measurement.
    """
    refuse_packing(runs[0])
    storages = [open_storage(run, folder) for run, folder in zip(runs, folders, strict=True)]
    saved = common_checkpoints(storages)
    due = [each for each in saved if not has_ended(each)]
    if not due:
        return
    going = due[0]
    with undisturbed(torch.device("cpu")), log_warnings(storages[0]):
        common = Common.of(runs[0], device, form)
        trainers = [Trainer.of(run, common) for run in runs]
    standings = [
        _resume(trainer, storage, each, going)
        for trainer, storage, each in zip(trainers, storages, saved, strict=True)
    ]
    with ExitStack() as ends:
        for trainer in trainers:
            ends.callback(trainer.batches.close)
        pack = Pack.of(trainers)
        with undisturbed(common.fabric.device), log_warnings(storages[0]):
            pack.try_out(step_of(going) + 1)
        yield from (
            (trainer.run, total_steps(trainer))
            for trainer, standing in zip(trainers, standings, strict=True)
            if standing.ending is None
        )
        yield from _train(pack, storages, standings, step_of(going))


def _resume(
    trainer: Trainer, storage: Storage | None, saved: Checkpoint | None, going: Checkpoint | None
) -> Standing:
    """Restore the parts of one seed.

    One that has ended stays in the pack, as without an interruption, because kernels may add in another order
    for another number of seeds. What it computes is not looked at: it takes the state of one that goes on.
    """
    if not has_ended(saved):
        return resume(trainer, storage, saved)
    assert saved is not None, "only a checkpoint says so"
    if going is not None:
        trainer.restore(going)
    return Standing(**saved.rest["loop"])


def _train(
    pack: Pack, storages: Sequence[Storage | None], standings: list[Standing], step: int
) -> Iterator[tuple[Run, Measurement]]:
    """Go from stop to stop until every run has ended; one that ends before is measured no more."""
    timetable, here = pack.trainers[0].timetable, pack.trainers[0].device
    paces = [Pace() for _ in standings]
    while going := [i for i, standing in enumerate(standings) if standing.ending is None]:
        steps = range(step + 1, timetable.next_stop(step) + 1)
        step, whole = steps[-1], Pace()
        with undisturbed(here), log_warnings(storages[0]), whole.timing(len(steps)):
            found = pack.train(steps, whole)
        if any(storages):
            pack.give_states()
        for i in going:
            trainer = pack.trainers[i]
            paces[i].take_share(whole, len(going))
            with undisturbed(here):
                standings[i], said = measure_stop(
                    trainer, replace(standings[i], step=step), found[i], paces[i]
                )
            yield from ((trainer.run, each) for each in tell(said, storages[i]))
            if (storage := storages[i]) is not None:
                keep_weights(storage, trainer, standings[i])
        keep_together(
            [pack.trainers[i] for i in going], [storages[i] for i in going], [standings[i] for i in going]
        )
