"""The training loop for several seeds at once."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

import torch

from regard.core.errors import InvalidOption
from regard.core.measurement import Measurement
from regard.core.randomness import undisturbed
from regard.core.run import Run
from regard.training.loop.fit import (
    FolderLike,
    Storage,
    has_ended,
    keep,
    log_warnings,
    measure_stop,
    open_storage,
    resume,
    total_steps,
)
from regard.training.loop.pace import Pace
from regard.training.loop.standing import Standing
from regard.training.pack.pack import Pack, refuse_packing
from regard.training.parts.common import Common
from regard.training.parts.trainer import Trainer


def fit_packed(
    runs: Sequence[Run], folders: Sequence[FolderLike], device: str = "auto", form: str = "auto"
) -> Iterator[tuple[Run, Measurement]]:
    """Train runs that differ in nothing but the seed, and yield what is measured of each.

    Folders and checkpoints are those of `fit`, so that a run which was begun in a pack can be ended alone.
    Raises what `fit` raises, for any of the runs, and `InvalidOption` for settings that cannot be packed
    and for seeds that do not stand at the same step, as after a kill between two checkpoints. Whatever
    torch raises for operations that cannot be batched over seeds, it raises before the first measurement.
    """
    refuse_packing(runs[0])
    found = [(run, *open_storage(run, folder)) for run, folder in zip(runs, folders, strict=True)]
    open_ones = [(run, storage, saved) for run, storage, saved in found if not has_ended(saved)]
    if not open_ones:
        return
    storages = [storage for _, storage, _ in open_ones]
    with undisturbed(torch.device("cpu")), log_warnings(storages[0]):
        common = Common.of(runs[0], device, form)
        trainers = [Trainer.of(run, common) for run, _, _ in open_ones]
    standings = [
        resume(trainer, storage, saved)
        for trainer, (_, storage, saved) in zip(trainers, open_ones, strict=True)
    ]
    _refuse_apart(standings)
    with ExitStack() as ends:
        for trainer in trainers:
            ends.callback(trainer.batches.close)
        pack = Pack.of(trainers)
        with undisturbed(common.fabric.device), log_warnings(storages[0]):
            pack.try_out(standings[0].step + 1)
        yield from ((trainer.run, total_steps(trainer)) for trainer in trainers)
        yield from _train(pack, storages, standings)


def _refuse_apart(standings: Sequence[Standing]) -> None:
    steps = sorted({standing.step for standing in standings})
    if len(steps) > 1:
        shown = ", ".join(map(str, steps))
        raise InvalidOption(
            f"Runs whose checkpoints stand at different steps ({shown}) go on one by one only."
        )


def _train(
    pack: Pack, storages: Sequence[Storage | None], standings: list[Standing]
) -> Iterator[tuple[Run, Measurement]]:
    """Go from stop to stop until every run has ended; one that ends before is measured no more."""
    timetable, here = pack.trainers[0].timetable, pack.trainers[0].device
    paces = [Pace() for _ in standings]
    step = standings[0].step
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
            yield from ((trainer.run, each) for each in keep(said, storages[i], trainer, standings[i]))
