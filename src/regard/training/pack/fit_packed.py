"""The training loop for several seeds at once."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import torch

from regard.core.errors import InvalidOption
from regard.core.measurement import Measurement
from regard.core.run import Run
from regard.training.checkpoints.run_folder import RunFolder
from regard.training.loop.fit import has_ended, kept, logging, measured, opened, resumed, total_steps
from regard.training.loop.pace import Pace
from regard.training.loop.standing import Standing
from regard.training.pack.pack import Pack, refuse_packing
from regard.training.parts.common import Common
from regard.training.parts.trainer import Trainer
from regard.training.randomness import undisturbed


def fit_packed(
    runs: Sequence[Run], folders: Sequence[Path | None], device: str = "auto"
) -> Iterator[tuple[Run, Measurement]]:
    """Train runs that differ in nothing but the seed, and yield what is measured of each.

    Folders and checkpoints are those of `fit`, so that a run which was begun in a pack can be ended alone.
    Raises what `fit` raises, for any of the runs, and `InvalidOption` for settings that cannot be packed
    and for seeds that do not stand at the same step, as after a kill between two checkpoints. Whatever
    torch raises for operations that cannot be batched over seeds, it raises before the first measurement.
    """
    refuse_packing(runs[0])
    found = [(run, *opened(run, folder)) for run, folder in zip(runs, folders, strict=True)]
    open_ones = [(run, home, saved) for run, home, saved in found if not has_ended(saved)]
    if not open_ones:
        return
    homes = [home for _, home, _ in open_ones]
    with undisturbed(torch.device("cpu")), logging(homes[0]):
        common = Common.of(runs[0], device)
        trainers = [Trainer.of(run, common) for run, _, _ in open_ones]
    states = [
        resumed(trainer, home, saved) for trainer, (_, home, saved) in zip(trainers, open_ones, strict=True)
    ]
    _refuse_apart(states)
    with ExitStack() as ends:
        for trainer in trainers:
            ends.callback(trainer.batches.close)
        pack = Pack.of(trainers)
        with undisturbed(common.fabric.device), logging(homes[0]):
            pack.try_out(states[0].step + 1)
        yield from ((trainer.run, total_steps(trainer)) for trainer in trainers)
        yield from _train(pack, homes, states)


def _refuse_apart(states: Sequence[Standing]) -> None:
    steps = sorted({state.step for state in states})
    if len(steps) > 1:
        shown = ", ".join(map(str, steps))
        raise InvalidOption(
            f"Runs whose checkpoints stand at different steps ({shown}) go on one by one only."
        )


def _train(
    pack: Pack, homes: Sequence[RunFolder | None], states: list[Standing]
) -> Iterator[tuple[Run, Measurement]]:
    """Go from stop to stop until every run has ended; one that ends before is measured no more."""
    timetable, here = pack.trainers[0].timetable, pack.trainers[0].device
    paces = [Pace() for _ in states]
    step = states[0].step
    while going := [i for i, state in enumerate(states) if state.ending is None]:
        steps = range(step + 1, timetable.next_stop(step) + 1)
        step, whole = steps[-1], Pace()
        with undisturbed(here), logging(homes[0]), whole.timing(len(steps)):
            found = pack.train(steps, whole)
        pack.give_states()
        for i in going:
            trainer = pack.trainers[i]
            paces[i].take_share(whole, len(going))
            with undisturbed(here):
                states[i], said = measured(trainer, replace(states[i], step=step), *found[i], paces[i])
            yield from ((trainer.run, each) for each in kept(said, homes[i], trainer, states[i]))
